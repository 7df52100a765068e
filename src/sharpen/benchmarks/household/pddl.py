"""Read PDDL as ALFWorld's games use it: ADL conditions, conditional and quantified effects, flat types.

The syntax follows Fox and Long's PDDL 2.1 (arXiv 1106.4561, appendix A) less durations. Names are
lower-cased. Costs (``increase``) and distances (``=`` with a number) are read over: no text, command or
reward depends on them. As in Fast Downward, which ALFWorld plays on, a type that is not declared has no
objects.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sharpen.errors import DataError

Tree = str | list["Tree"]
Fact = tuple[str, ...]
"""A predicate and its arguments: ``("holds", "agent1", "mug_1")``. Variables begin with ``?``."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable or object and its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Atom:
    """A fact that must hold; ``=`` is equality of two terms."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that must not hold."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class And:
    """Conditions that must all hold; without any it is true."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Conditions of which one must hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """A condition that must hold for some objects; a universal one is written as ``Not(Exists(Not))``."""

    parameters: tuple[Parameter, ...]
    part: "Condition"


Condition = Atom | Not | And | Or | Exists


@dataclass(frozen=True, slots=True)
class Effect:
    """A fact that an action makes true or false, for all objects for which ``when`` holds."""

    fact: Fact
    makes_true: bool
    when: Condition = And(())
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionSchema:
    """What an agent can do: its variables, when it can be done, and what it changes."""

    name: str
    parameters: tuple[Parameter, ...]
    precondition: Condition
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """Types with their parents, objects that every problem has, and actions in the file's order."""

    parents: dict[str, str]
    constants: tuple[Parameter, ...]
    actions: tuple[ActionSchema, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One problem: its objects, the facts at the beginning, and the goal."""

    objects: tuple[Parameter, ...]
    facts: frozenset[Fact]
    goal: Condition


def read_domain(text: str) -> Domain:
    """Read a domain.

    Raises:
        DataError: it is not PDDL, or uses a part of PDDL that is not supported.
    """
    parents: dict[str, str] = {}
    constants: tuple[Parameter, ...] = ()
    actions: list[ActionSchema] = []
    for section in _sections(text):
        match section:
            case [":types", *names]:
                parents = {name.name: name.type for name in _typed(names)}
            case [":constants", *names]:
                constants = _typed(names)
            case [":action", str(name), *fields]:
                actions.append(_action(name, fields))
            case [":derived", *_]:
                raise DataError("a PDDL domain with derived predicates is not supported")
    return Domain(parents, constants, tuple(actions))


def read_task(text: str) -> Task:
    """Read a problem.

    Raises:
        DataError: it is not PDDL.
    """
    objects: tuple[Parameter, ...] = ()
    facts: frozenset[Fact] = frozenset()
    goal: Condition | None = None
    for section in _sections(text):
        match section:
            case [":objects", *names]:
                objects = _typed(names)
            case [":init", *trees]:
                facts = frozenset(_fact(tree) for tree in trees if tree[0] not in ("=", "not"))
            case [":goal", tree]:
                goal = _condition(tree)
    if goal is None:
        raise DataError("a PDDL problem has no goal")
    return Task(objects, facts, goal)


def _sections(text: str) -> list[list[Tree]]:
    match _tree(text):
        case ["define", [*_], *sections] if all(
            isinstance(section, list) and section for section in sections
        ):
            return [section for section in sections if isinstance(section, list)]
    raise DataError("PDDL must be (define (NAME) SECTION ...), which this text is not")


def _tree(text: str) -> Tree:
    lines = (line.partition(";")[0] for line in text.lower().split("\n"))
    spaced = " ".join(lines).replace("(", " ( ").replace(")", " ) ").replace("?", " ?")
    stack: list[list[Tree]] = [[]]
    for word in spaced.split():
        if word == "(":
            stack.append([])
        elif word != ")":
            stack[-1].append(word)
        elif len(stack) > 1:
            closed = stack.pop()
            stack[-1].append(closed)
        else:
            raise DataError("PDDL has a `)` without a `(`")
    if len(stack) != 1 or len(stack[0]) != 1:
        raise DataError(
            "PDDL must be one list in parentheses; some are not closed, or there is more than one"
        )
    return stack[0][0]


def _typed(trees: Sequence[Tree]) -> tuple[Parameter, ...]:
    """Read ``a b - type c``; what has no type is an object."""
    typed: list[Parameter] = []
    waiting: list[str] = []
    names = iter(trees)
    for name in names:
        if name == "-":
            kind = _word(next(names, ""))
            typed += [Parameter(one, kind) for one in waiting]
            waiting = []
        else:
            waiting.append(_word(name))
    return tuple(typed + [Parameter(one, "object") for one in waiting])


def _word(tree: Tree) -> str:
    if isinstance(tree, str) and tree:
        return tree
    raise DataError(f"PDDL has {_shown(tree)} where a name should be")


def _fact(tree: Tree) -> Fact:
    if isinstance(tree, list) and tree:
        return tuple(_word(part) for part in tree)
    raise DataError(f"PDDL has {_shown(tree)} where a fact should be")


def _condition(tree: Tree) -> Condition:
    match tree:
        case []:
            return And(())
        case ["and", *parts]:
            return And(tuple(map(_condition, parts)))
        case ["or", *parts]:
            return Or(tuple(map(_condition, parts)))
        case ["not", part]:
            return Not(_condition(part))
        case ["imply", before, after]:
            return Or((Not(_condition(before)), _condition(after)))
        case ["exists", [*names], part]:
            return Exists(_typed(names), _condition(part))
        case ["forall", [*names], part]:
            return Not(Exists(_typed(names), Not(_condition(part))))
    return Atom(_fact(tree))


def _action(name: str, trees: Sequence[Tree]) -> ActionSchema:
    fields = {_word(key): value for key, value in zip(trees[::2], trees[1::2], strict=False)}
    parameters = fields.get(":parameters", [])
    if not isinstance(parameters, list):
        raise DataError(f"the parameters of the PDDL action {name} are not a list")
    return ActionSchema(
        name,
        _typed(parameters),
        _condition(fields.get(":precondition", [])),
        tuple(_effects(fields.get(":effect", []), And(()), ())),
    )


def _effects(tree: Tree, when: Condition, parameters: tuple[Parameter, ...]) -> Iterator[Effect]:
    match tree:
        case [] | ["increase", *_]:
            return
        case ["and", *parts]:
            for part in parts:
                yield from _effects(part, when, parameters)
        case ["when", condition, part]:
            yield from _effects(part, And((when, _condition(condition))), parameters)
        case ["forall", [*names], part]:
            yield from _effects(part, when, (*parameters, *_typed(names)))
        case ["not", fact]:
            yield Effect(_fact(fact), False, when, parameters)
        case _:
            yield Effect(_fact(tree), True, when, parameters)


def _shown(tree: Tree) -> str:
    return f"`{str(tree)[:60]}`" if tree else "nothing"
