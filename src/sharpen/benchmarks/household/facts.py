"""The facts that hold at a moment, with the indexes that a condition needs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from sharpen.benchmarks.household.pddl import Domain, Fact, Parameter, Task

NONE: frozenset[Fact] = frozenset()


class Facts:
    """A set of facts, indexed by predicate and by each argument.

    Attributes:
        denied: facts that an action made false and none has made true since. The texts ask for these with
            ``not_``; a fact that was never true is not among them, as in TextWorld.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.denied: set[Fact] = set()
        self._by_predicate: defaultdict[str, set[Fact]] = defaultdict(set)
        self._by_argument: defaultdict[tuple[str, int, str], set[Fact]] = defaultdict(set)
        for fact in facts:
            self.add(fact)

    def __contains__(self, fact: Fact) -> bool:
        return fact in self._by_predicate.get(fact[0], NONE)

    def add(self, fact: Fact) -> None:
        """Make a fact true."""
        self.denied.discard(fact)
        self._by_predicate[fact[0]].add(fact)
        for place, argument in enumerate(fact[1:], 1):
            self._by_argument[fact[0], place, argument].add(fact)

    def remove(self, fact: Fact) -> None:
        """Make a fact false."""
        self.denied.add(fact)
        self._by_predicate[fact[0]].discard(fact)
        for place, argument in enumerate(fact[1:], 1):
            self._by_argument[fact[0], place, argument].discard(fact)

    def count(self, predicate: str) -> int:
        """Return how many facts a predicate has."""
        return len(self._by_predicate.get(predicate, NONE))

    def candidates(self, pattern: Fact, values: Mapping[str, str]) -> AbstractSet[Fact]:
        """Return facts that may match a pattern, narrowed by the first of its terms whose value is known."""
        for place, term in enumerate(pattern[1:], 1):
            value = values.get(term) if term[0] == "?" else term
            if value is not None:
                return self._by_argument.get((pattern[0], place, value), NONE)
        return self._by_predicate.get(pattern[0], NONE)


def has_type(name: str, kind: str) -> Fact:
    """Return the fact that an object has a type, or the pattern for a variable."""
    return (f"type@{kind}", name)


def type_facts(domain: Domain, task: Task) -> Iterator[Fact]:
    """Yield the types of every object: its own, the parents of that, and ``object``."""
    for one in objects(domain, task):
        for kind in ancestors(one.type, domain.parents):
            yield has_type(one.name, kind)


def objects(domain: Domain, task: Task) -> tuple[Parameter, ...]:
    """Return the objects of a task, with those that every task of the domain has."""
    return (*domain.constants, *task.objects)


def ancestors(kind: str, parents: Mapping[str, str]) -> list[str]:
    """Return a type, its parents and theirs, and ``object`` at the end."""
    line = []
    while kind != "object" and kind not in line:
        line.append(kind)
        kind = parents.get(kind, "object")
    return [*line, "object"]
