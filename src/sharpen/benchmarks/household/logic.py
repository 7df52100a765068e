"""What PDDL means: for which objects a condition holds, and what an action changes.

A condition is solved from left to right by looking up facts, so :func:`planned` orders it first: what tests
comes before what searches, and what has few facts comes before what has many.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sharpen.benchmarks.household.facts import Facts, has_type
from sharpen.benchmarks.household.pddl import (
    ActionSchema,
    And,
    Atom,
    Condition,
    Effect,
    Exists,
    Fact,
    Not,
    Or,
    Parameter,
)

Values = Mapping[str, str]
"""Objects by variable."""
Count = Callable[[str], int]
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Rule:
    """An action that is ready to be solved.

    Attributes:
        condition: its precondition with the types of its variables, ordered.
        effects: with ordered conditions.
        required: literals that its precondition always contains, true and false ones.
        may_idle: whether it can happen that all its effects are required already.
    """

    action: ActionSchema
    condition: Condition
    effects: tuple[Effect, ...]
    required: tuple[frozenset[Fact], frozenset[Fact]]
    may_idle: bool


def rule(action: ActionSchema, count: Count) -> Rule:
    """Prepare an action, given how many facts each predicate has."""
    known = {parameter.name for parameter in action.parameters}
    required = _literals(action.precondition)
    return Rule(
        action,
        planned(typed(action.parameters, action.precondition), set(), count),
        tuple(_planned_effect(effect, known, count) for effect in action.effects),
        required,
        all(_may_be_required(effect, required) for effect in action.effects),
    )


def typed(parameters: Sequence[Parameter], condition: Condition) -> Condition:
    """Return a condition that also says the types of variables."""
    return And((*(Atom(has_type(one.name, one.type)) for one in parameters), condition))


def bindings(rule: Rule, facts: Facts) -> Iterator[dict[str, str]]:
    """Yield the objects with which an action can be done, each combination once.

    An action whose effects are all required by its own precondition, such as going where one is, is left out:
    Fast Downward drops it as well.
    """
    names = [parameter.name for parameter in rule.action.parameters]
    seen: set[tuple[str, ...]] = set()
    for solution in solutions(rule.condition, {}, facts):
        values = {name: solution[name] for name in names}
        key = tuple(values.values())
        if key not in seen and not (rule.may_idle and _idle(rule, values)):
            seen.add(key)
            yield values


def perform(rule: Rule, values: Values, facts: Facts) -> None:
    """Change the facts as an action does; what it makes true wins over what it makes false."""
    changes = [
        (grounded(effect.fact, solution), effect.makes_true)
        for effect in rule.effects
        for solution in solutions(effect.when, values, facts)
    ]
    true = [fact for fact, makes_true in changes if makes_true]
    for fact in {fact for fact, makes_true in changes if not makes_true}.difference(true):
        facts.remove(fact)
    for fact in true:
        facts.add(fact)


def holds(condition: Condition, values: Values, facts: Facts) -> bool:
    """Return whether a condition holds."""
    return any(True for _ in solutions(condition, values, facts))


def solutions(condition: Condition, values: Values, facts: Facts) -> Iterator[Values]:
    """Yield values of variables, beyond those given, with which a condition holds; some may come twice."""
    match condition:
        case Atom(fact):
            yield from _matches(fact, values, facts)
        case And(parts):
            yield from _all_of(parts, values, facts)
        case Or(parts):
            for part in parts:
                yield from solutions(part, values, facts)
        case Not(part):
            if not holds(part, values, facts):
                yield values
        case Exists(parameters, part):
            own = {parameter.name for parameter in parameters}
            outer = {name: value for name, value in values.items() if name in own}
            inner = {name: value for name, value in values.items() if name not in own}
            for solution in solutions(part, inner, facts):
                yield {name: value for name, value in solution.items() if name not in own} | outer


def _all_of(parts: Sequence[Condition], values: Values, facts: Facts) -> Iterator[Values]:
    if not parts:
        yield values
        return
    for solution in solutions(parts[0], values, facts):
        yield from _all_of(parts[1:], solution, facts)


def _matches(pattern: Fact, values: Values, facts: Facts) -> Iterator[Values]:
    fact = grounded(pattern, values)
    if pattern[0] == "=":
        if fact[1] == fact[2]:
            yield values
    elif not any(term[0] == "?" for term in fact[1:]):
        if fact in facts:
            yield values
    else:
        for candidate in sorted(facts.candidates(fact, {})):
            if (solution := unified(fact, candidate, values)) is not None:
                yield solution


def unified(pattern: Fact, fact: Fact, values: Values) -> Values | None:
    """Return ``values`` with those that make a pattern the fact; None if there are none."""
    solution = dict(values)
    for term, value in zip(pattern[1:], fact[1:], strict=True):
        expected = solution.setdefault(term, value) if term[0] == "?" else term
        if expected != value:
            return None
    return solution


def grounded(fact: Fact, values: Values) -> Fact:
    """Return a fact with objects in place of the variables whose values are known."""
    return tuple(values.get(term, term) for term in fact)


def planned(condition: Condition, known: set[str], count: Count) -> Condition:
    """Return a condition in an order that is quick to solve when the variables ``known`` have values."""
    match condition:
        case Atom():
            return condition
        case Not(part):
            return Not(planned(part, known, count))
        case Or(parts):
            return Or(tuple(planned(part, known, count) for part in parts))
        case Exists(parameters, part):
            own = {parameter.name for parameter in parameters}
            return Exists(parameters, planned(typed(parameters, part), known - own, count))
        case And(parts):
            return And(tuple(_ordered(list(_flat(parts)), set(known), count)))


def _ordered(parts: list[Condition], known: set[str], count: Count) -> Iterator[Condition]:
    while parts:
        first = min(parts, key=lambda part: _effort(part, known, count))
        parts.remove(first)
        yield planned(first, known, count)
        known |= _bound(first)


def _flat(parts: Sequence[Condition]) -> Iterator[Condition]:
    for part in parts:
        if isinstance(part, And):
            yield from _flat(part.parts)
        else:
            yield part


def _effort(part: Condition, known: set[str], count: Count) -> float:
    """Estimate how many solutions a part has; without the variables that it needs first it has none yet."""
    if _needed(part) - known:
        return NEVER
    match part:
        case Atom(fact):
            missing = free(part) - known
            narrow = len(missing) < len(set(fact[1:]))
            return float(count(fact[0])) ** (0.5 if narrow else 1) + 1 if missing else 0
        case And(parts):
            return min((_effort(one, known, count) for one in parts), default=0)
        case Or(parts):
            return sum(_effort(one, known, count) for one in parts) + 0.5
        case Exists(parameters, inner):
            own = {parameter.name for parameter in parameters}
            return _effort(typed(parameters, inner), known - own, count)
    return 0


def _needed(condition: Condition) -> set[str]:
    """Return the variables that need values first: denials and ``=`` only test, they do not search."""
    match condition:
        case Not() | Atom(("=", *_)):
            return free(condition)
        case And(parts):
            searched = (part for part in parts if isinstance(part, Atom) and part.fact[0] != "=")
            return set().union(*map(_needed, parts)) - set().union(*map(free, searched))
        case Or(parts):
            return set().union(*map(_needed, parts))
        case Exists(parameters, part):
            return _needed(part) - {parameter.name for parameter in parameters}
    return set()


def free(condition: Condition) -> set[str]:
    """Return the variables of a condition that nothing in it quantifies."""
    match condition:
        case Atom(fact):
            return {term for term in fact[1:] if term[0] == "?"}
        case Not(part):
            return free(part)
        case And(parts) | Or(parts):
            return set().union(*map(free, parts))
        case Exists(parameters, part):
            return free(part) - {parameter.name for parameter in parameters}


def _bound(condition: Condition) -> set[str]:
    """Return the variables that every solution of a condition gives a value."""
    match condition:
        case Atom() | Exists():
            return free(condition)
        case Not():
            return set()
        case And(parts):
            return set().union(*map(_bound, parts))
        case Or(parts):
            return set.intersection(*map(_bound, parts)) if parts else set()


def _planned_effect(effect: Effect, known: set[str], count: Count) -> Effect:
    own = {parameter.name for parameter in effect.parameters}
    return replace(effect, when=planned(typed(effect.parameters, effect.when), known - own, count))


def _literals(condition: Condition) -> tuple[frozenset[Fact], frozenset[Fact]]:
    true, false = set(), set()
    for part in _flat((condition,)):
        match part:
            case Atom(fact):
                true.add(fact)
            case Not(Atom(fact)):
                false.add(fact)
    return frozenset(true), frozenset(false)


def _may_be_required(effect: Effect, required: tuple[frozenset[Fact], frozenset[Fact]]) -> bool:
    predicates = {fact[0] for literals in required for fact in literals}
    return effect.when == And(()) and not effect.parameters and effect.fact[0] in predicates


def _idle(rule: Rule, values: Values) -> bool:
    true, false = ({grounded(fact, values) for fact in literals} for literals in rule.required)
    made_true = {grounded(effect.fact, values) for effect in rule.effects if effect.makes_true}
    made_false = {grounded(effect.fact, values) for effect in rule.effects if not effect.makes_true}
    return made_true <= true and made_false - made_true <= false
