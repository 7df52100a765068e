"""Whatever bytes a child sends, the judge gets a value, the program's exception, or an end of the conversation."""

import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharpen.sandbox.child import child
from sharpen.sandbox.judge.candidate import BesideError, Candidate, FailedError, ProgramError
from sharpen.sandbox.judge.channel import (
    Channel,
    ChildEndedError,
    Clocks,
    Interruption,
    ProtocolFaultError,
    TimeLimitError,
)
from sharpen.sandbox.judge.needs import Needs
from sharpen.values import codec

NONCE = b"nonce678"
LETTERS = [child.LOADED, child.VALUE, child.RAISED, child.PASSED, child.FAILED, child.DETAIL, child.ENDED]


def frame(letter: int, body: str | bytes = b"", nonce: bytes = NONCE) -> bytes:
    data = nonce + bytes((letter,)) + (body.encode() if isinstance(body, str) else body)
    return struct.pack(">I", len(data)) + data


NEEDS = Needs()


def told(data: bytes, max_chars: int = 10_000, argument: object = 1, needs: Needs = NEEDS) -> object:
    """What calling the candidate gives when the child has sent ``data`` and gone."""
    ours, theirs = socket.socketpair()
    idle, other = socket.socketpair()
    with ours, theirs, idle, other:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        clocks = Clocks(zygote=0, cpu_seconds=1, wall_seconds=60, suspected=lambda: None)
        candidate = Candidate(Channel(ours, clocks, nonce=NONCE, max_chars=max_chars, cancel=idle))
        candidate.begin(needs)
        value = candidate(argument)
        candidate.channel.finish()
        return value


HONEST = frame(child.LOADED)


def test_an_honest_answer():
    assert told(HONEST + frame(child.VALUE, codec.encode({"a": (1, 2)}, max_chars=99))) == {"a": (1, 2)}


def test_what_the_program_raises_is_raised():
    with pytest.raises(ValueError, match="the details"):
        told(
            HONEST + frame(child.RAISED, "exception\nValueError\nplain") + frame(child.DETAIL, "the details")
        )
    with pytest.raises(ProgramError, match="plain"):
        told(HONEST + frame(child.RAISED, "exception\nTheirError\nplain"))
    with pytest.raises(ProgramError):
        told(HONEST + frame(child.RAISED, "exception\nSystemExit\nplain"))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", ChildEndedError),
        (HONEST, ChildEndedError),
        (HONEST[:-1], ChildEndedError),
        (frame(child.VALUE, "9"), ProtocolFaultError),
        (HONEST + HONEST, ProtocolFaultError),
        (HONEST + frame(child.PASSED), ProtocolFaultError),
        (HONEST + frame(child.VALUE, "9") + frame(child.VALUE, "9"), ProtocolFaultError),
        (HONEST + frame(child.VALUE, "9", nonce=b"12345678"), ProtocolFaultError),
        (HONEST + frame(child.VALUE, b"\xff"), ProtocolFaultError),
        (HONEST + frame(child.VALUE, "NaN"), ProtocolFaultError),
        (HONEST + frame(child.VALUE, '{"s":[[1]]}'), ProtocolFaultError),
        (HONEST + frame(child.FAILED, "passed\nwell"), ProtocolFaultError),
        (HONEST + frame(child.FAILED, "harness_error\nwell"), ProtocolFaultError),
        (HONEST + frame(child.FAILED, "timeout\nwell"), ProtocolFaultError),
        (HONEST + frame(child.FAILED, "exception\nwell"), FailedError),
        (HONEST + frame(child.LATE_CPU, "line 1"), TimeLimitError),
        (HONEST + frame(child.LATE_CLOCK, b"\xff"), TimeLimitError),
        (b"\xff\xff\xff\xff", ProtocolFaultError),
        (b"\x00\x00\x00\x00", ProtocolFaultError),
        (HONEST + frame(child.VALUE, "1" * 40_000), ProtocolFaultError),
    ],
)
def test_anything_else_ends_the_conversation(data, error):
    with pytest.raises(error):
        told(data)


bodies = st.binary(max_size=40) | st.sampled_from(
    [b"9", b"exception\nValueError\nx", b"passed\n", b'{"t":[1]}', b"[" * 200, b'{"i":"zz"}', b"null"]
)
frames = st.builds(frame, st.sampled_from([*LETTERS, child.LATE_CPU, 0, 255]), bodies)


@settings(max_examples=300)
@given(st.lists(frames | st.binary(max_size=30), max_size=5).map(b"".join))
def test_no_bytes_raise_anything_else_in_the_judge(data):
    for sent in (data, HONEST + data):
        try:
            told(sent)
        except (Interruption, Exception) as error:  # noqa: BLE001 - which, is the question
            from_program = isinstance(error, Exception)
            assert not from_program or child.RAISED in sent


SHARED = [1]


@pytest.mark.parametrize(
    "argument",
    [object(), bytearray(b"x"), range(3), codec.Opaque("a.B"), SHARED, {12, 13, 14, 15, 16}, {None, 1}],
)
def test_what_a_copy_cannot_stand_for_is_not_sent(argument):
    with pytest.raises(BesideError):
        told(HONEST, argument=[{1: argument}, SHARED])


@pytest.mark.parametrize("note", [codec.LOSSY, codec.LOOSE, codec.NUMPY, child.HELD])
def test_a_value_that_is_not_all_that_came_back_is_not_given_to_a_test_that_could_notice(note):
    sent = HONEST + frame(child.VALUE | note, "9")
    if note in {codec.LOOSE, codec.NUMPY}:
        assert told(sent) == 9
    with pytest.raises(BesideError):
        told(sent, needs=Needs(types=True, arrays=True))
