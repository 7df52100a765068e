"""The program's entry point as a remote call: what a test in the judge holds for its candidate.

Arguments are encoded anew for each call, so a program cannot change the judge's own. What comes back is plain
data (:mod:`sharpen.values.codec`). What says less than the program's own value did, where the test could
notice, ends the conversation, and the test runs beside the program.
"""

import builtins
import marshal
import math
import time
from collections.abc import Set as AbstractSet
from typing import Any, NoReturn, get_args

from sharpen.sandbox.child import child
from sharpen.sandbox.judge.channel import Channel, Interruption, ProtocolFaultError, packed
from sharpen.sandbox.judge.needs import Needs
from sharpen.types import VerdictKind
from sharpen.values import codec

_END = packed("end")
_REMEMBERED = 100
_PLAIN = {type(None), bool, int, float, complex, str, bytes}
_SETS = {set, frozenset}
_MUTABLE = {list, dict, set}
_CONTAINERS = _SETS | _MUTABLE | {tuple}
_ALL_NOTES = codec.LOSSY | codec.LOOSE | codec.NUMPY | child.HELD


class FailedError(Interruption):
    """The program failed for good; ``message`` says how."""

    def __init__(self, kind: VerdictKind, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


class IdleError(Interruption):
    """Assertions passed without ever calling the program."""


class BesideError(Interruption):
    """The test in the judge could notice that it is there: it has to run beside the program."""


class ProgramError(Exception):
    """Stands for an exception whose type the judge does not know."""


class Candidate:
    """The entry point; calling it asks the child.

    Attributes:
        raised: the exception that the program raised last, as the test sees it, with its kind and message.
        failed: whether a test has failed.
        replaying: whether calls are answered from what was judged, to explain a failure.
        measured: figures that a test beside the program took.
        notes: what was noted of the last value, as bits.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.loaded = False
        self.raised: tuple[BaseException, VerdictKind, str] | None = None
        self.failed = self.replaying = False
        self.measured: dict[str, float] = {}
        self.notes = 0
        self._needs = Needs()
        self._answers: dict[bytes, bytes] = {}

    def __call__(self, *arguments: object, **keywords: object) -> object:
        """Call the program.

        Raises:
            Exception: what the program raised.
            BesideError: the test could notice that what came back is a copy.
            Interruption: the conversation is over.
        """
        question = _call(arguments, keywords, watched=self._needs.watched)
        if self.replaying:
            return decoded(self._answers[question])
        if not self.channel.was_prefetched(question):
            _check_plain([arguments, keywords])
        self.channel.ask(question)
        body = self.value()
        if self._noticed():
            raise BesideError("what came back says less than the program's value")
        if len(self._answers) < _REMEMBERED:
            self._answers[question] = body
        return decoded(body)

    def begin(self, needs: Needs) -> None:
        """Forget the answers of the test before; the next is one with these needs."""
        self._answers.clear()
        self._needs = needs

    def _noticed(self) -> bool:
        types, arrays = self.notes & codec.LOOSE, self.notes & codec.NUMPY
        always = self.notes & (codec.LOSSY | child.HELD)
        return bool(always or (types and self._needs.types) or (arrays and self._needs.arrays))

    def load(self) -> None:
        """Wait until the program has been loaded.

        Raises:
            FailedError: it could not be.
        """
        if not self.loaded:
            self._expect(child.LOADED)
            self.loaded = True

    def value(self) -> bytes:
        """Return the encoded value of the call that was asked first and not answered yet."""
        self.load()
        letter, body = self._next()
        if letter == child.RAISED:
            self._raise(body)
        self.notes = letter ^ child.VALUE
        if self.notes > _ALL_NOTES:
            raise ProtocolFaultError("the answer is no value")
        return body

    def passed(self) -> None:
        """Wait until a test beside the program has passed."""
        self.load()
        self._expect(child.PASSED)

    def ended(self) -> None:
        """Wait until a script has ended."""
        self._expect(child.ENDED)

    def finish(self) -> None:
        """Have the child say that it has answered everything, so that what it said too much is seen."""
        self.channel.ask(_END)
        self._expect(child.ENDED)
        self.channel.complete = True

    def leave(self) -> None:
        """Let the child answer what it was asked and end, whatever it says.

        Raises:
            Interruption: it says nothing more.
        """
        self.channel.dismiss(_END)
        while self.channel.answer()[0] != child.ENDED:
            pass

    def _expect(self, wanted: int) -> None:
        if self._next()[0] != wanted:
            raise ProtocolFaultError("the answer is none to what was asked")

    def _next(self) -> tuple[int, bytes]:
        letter, body = self.channel.answer()
        if letter == child.MEASURED:
            self.measured = figures(body)
            letter, body = self.channel.answer()
        if letter == child.FAILED:
            kind, _, message = body.decode("utf-8", "replace").partition("\n")
            raise FailedError(_kind(kind), self._detail() or message)
        return letter, body

    def _detail(self) -> str:
        """Return the better message that may follow a failure, or nothing when it does not come in time."""
        self.channel.grace_until = time.monotonic() + child.EXPLAIN_SECONDS
        try:
            letter, body = self.channel.answer()
        except Interruption:
            return ""
        finally:
            self.channel.grace_until = None
        return body.decode("utf-8", "replace")[: child.MAX_MESSAGE_CHARS] if letter == child.DETAIL else ""

    def _raise(self, body: bytes) -> NoReturn:
        kind, _, rest = body.decode("utf-8", "replace").partition("\n")
        name, _, message = rest.partition("\n")
        known = _kind(kind)
        message = self._detail() or message[: child.MAX_MESSAGE_CHARS]
        error = _exception(name, message)
        self.raised = error, known, message
        if self._needs.catches:
            raise BesideError("the test may catch what the program raised")
        raise error


def _call(arguments: tuple[object, ...], keywords: dict[str, object], *, watched: bool) -> bytes:
    try:
        return packed("watch" if watched else "call", arguments, keywords)
    except ValueError:
        _check_plain([arguments, keywords])
        raise


def decoded(body: bytes) -> object:
    """Return the value that a child sent.

    Raises:
        ProtocolFaultError: it is none.
    """
    try:
        return codec.decode(body.decode("ascii"))
    except (codec.WireError, UnicodeDecodeError) as error:
        raise ProtocolFaultError("the answer is no value") from error


def figures(body: bytes) -> dict[str, float]:
    """Return the figures that a test took.

    Raises:
        ProtocolFaultError: what came are none.
    """
    value = decoded(body)
    if not isinstance(value, dict) or not all(type(key) is str for key in value):
        raise ProtocolFaultError("what was measured has no names")
    if not all(map(_is_figure, value.values())):
        raise ProtocolFaultError("what was measured is no number")
    return value


def _is_figure(value: object) -> bool:
    """Return whether a value is a number that a journal can keep: finite, and not longer than a float is."""
    try:
        return type(value) in {int, float} and math.isfinite(value)  # type: ignore[arg-type]
    except OverflowError:
        return False


def _kind(word: str) -> VerdictKind:
    for kind in get_args(VerdictKind):
        if kind == word and kind not in {"passed", "harness_error", "no_code", "timeout"}:
            known: VerdictKind = kind
            return known
    raise ProtocolFaultError("there is no such kind of failure")


def _exception(name: str, message: str) -> Exception:
    """Return an exception of the same type, if it is one that every interpreter has."""
    builtin = getattr(builtins, name, None)
    if isinstance(builtin, type) and issubclass(builtin, Exception):
        try:
            return builtin(message)
        except TypeError:  # UnicodeDecodeError and its like want more arguments
            pass
    return ProgramError(message)


def _keeps_order(values: AbstractSet[object]) -> bool:
    """Whether a set has its order where the program gets it: it is sent sorted."""
    return codec.keeps_order(values) and [*values] == [*marshal.loads(packed(values))[0]]  # noqa: S302 - ours


def _check_plain(value: object) -> None:
    """Raise unless ``value`` is plain data all through, which a copy is as good as.

    Raises:
        BesideError: it is not, or holds a list, dict or set twice, or a set whose order would be lost.
    """
    mutable: set[int] = set()
    rest: list[Any] = [value]
    while rest:
        item = rest.pop()
        kind = type(item)
        if kind in _PLAIN:
            continue
        shared = id(item) in mutable
        if kind not in _CONTAINERS or shared or (kind in _SETS and not _keeps_order(item)):
            raise BesideError(f"an argument of type {kind.__name__}")
        if kind in _MUTABLE:
            mutable.add(id(item))
        rest.extend(item)
        if kind is dict:
            rest.extend(item.values())
