"""The rules of TextWorld's games: types, actions with conditions and effects, and the words of commands.

A game's knowledge base (``KB.logic``) says ``take/c :: $at(P, r) & $open(c) & in(o, c) -> in(o, I);``. A fact
behind ``$`` stays true, the others on the left become false, those on the right true. A variable is named by
its type: ``r'`` is another ``r``; ``d1: d`` names it apart.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Fact = tuple[str, ...]
"""A predicate and the objects, by their identifiers, for which it is true."""

_COMMENT = re.compile(r"#[^\n]*")
_TYPE = re.compile(r"\btype\s+(\w+)\s*(?::\s*([\w, ]+?))?\s*\{")
_RULE = re.compile(r'(?:^|(?<=[{;]))\s*([\w/]+)\s*::\s*([^"\n;]*)->([^"\n;]*);', re.MULTILINE)
_COMMAND = re.compile(r'(?:^|(?<=[{;]))\s*([\w/]+)\s*::\s*"([^"\n]*)"\s*::\s*"[^"\n]*"\s*;', re.MULTILINE)
_CLAUSE = re.compile(r"(\$?)([\w/]+)\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition or an effect of an action.

    Attributes:
        name: its predicate.
        variables: names and types.
        stays: whether it is still true after the action; of conditions only.
    """

    name: str
    variables: tuple[tuple[str, str], ...]
    stays: bool

    def fact(self, bound: Mapping[str, str]) -> Fact:
        """Return the fact that it is for these objects."""
        return (self.name, *(bound[variable] for variable, _ in self.variables))


@dataclass(frozen=True, slots=True)
class GameAction:
    """What can be done.

    Attributes:
        name: in the knowledge base: ``take/c``.
        template: the command, with variables: ``take {o} from {c}``.
        before, after: conditions and effects.
    """

    name: str
    template: str
    before: tuple[Clause, ...]
    after: tuple[Clause, ...]

    def applied(self, facts: frozenset[Fact], bound: Mapping[str, str]) -> frozenset[Fact]:
        """Return what is true after it was carried out."""
        gone = {clause.fact(bound) for clause in self.before if not clause.stays}
        return (facts - gone) | {clause.fact(bound) for clause in self.after}


class KnowledgeBase:
    """What a knowledge base says.

    Attributes:
        actions: those that have a command.
    """

    def __init__(self, logic: str) -> None:
        text = _COMMENT.sub("", logic)
        self._above = {name: parents.replace(",", " ").split() for name, parents in _TYPE.findall(text)}
        commands: dict[str, str] = dict(_COMMAND.findall(text))
        self.actions = tuple(
            GameAction(name, commands[name], _clauses(before), _clauses(after))
            for name, before, after in _RULE.findall(text)
            if name in commands
        )

    def is_a(self, kind: str, other: str) -> bool:
        """Whether objects of a type are also of the other."""
        return kind == other or any(self.is_a(parent, other) for parent in self._above.get(kind, ()))

    def ways(
        self, action: GameAction, facts: frozenset[Fact], types: Mapping[str, str]
    ) -> Iterator[dict[str, str]]:
        """Yield the objects, by variable, for which an action can be carried out.

        The player (``P``) and what they carry things in (``I``) are the only objects of their types.
        """
        alone = {each: each for each, kind in types.items() if each == kind}
        yield from self._bound(action.before, sorted(facts), types, alone)

    def _bound(
        self,
        clauses: Sequence[Clause],
        facts: Sequence[Fact],
        types: Mapping[str, str],
        bound: dict[str, str],
    ) -> Iterator[dict[str, str]]:
        if not clauses:
            yield bound
            return
        for fact in facts:
            if fact[0] == clauses[0].name and len(fact) == len(clauses[0].variables) + 1:
                more = dict(bound)
                pairs = zip(clauses[0].variables, fact[1:], strict=True)
                if all(
                    more.setdefault(variable, each) == each and self.is_a(types[each], kind)
                    for (variable, kind), each in pairs
                ):
                    yield from self._bound(clauses[1:], facts, types, more)


def _clauses(text: str) -> tuple[Clause, ...]:
    return tuple(
        Clause(name, tuple(_variable(each) for each in inside.split(",")), stays == "$")
        for stays, name, inside in _CLAUSE.findall(text)
    )


def _variable(text: str) -> tuple[str, str]:
    name, _, kind = (part.strip() for part in text.partition(":"))
    return name, kind or name.rstrip("'0123456789")
