"""Write the texts of a game: what its grammar says about the facts that hold."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sharpen.benchmarks.household.facts import Facts, has_type
from sharpen.benchmarks.household.grammar import (
    ForEach,
    Grammar,
    Piece,
    Predicate,
    Query,
    Symbol,
    Text,
    Value,
)
from sharpen.benchmarks.household.pddl import Fact, Parameter
from sharpen.errors import DataError

DEEPEST = 50
"""Symbols inside of symbols."""


@dataclass(frozen=True, slots=True)
class Entity:
    """An object as the texts name it."""

    id: str
    type: str
    name: str
    definite: str = "the"
    indefinite: str = "a"

    def __str__(self) -> str:
        return self.name


Bound = Mapping[Parameter, str]
"""Objects by typed variable."""


@dataclass(frozen=True, slots=True)
class TextWriter:
    """Writes texts by a grammar, about facts and entities by object."""

    grammar: Grammar
    entities: Mapping[str, Entity]
    facts: Facts

    def write(self, text: Text, bound: Bound) -> str:
        """Return a text as it is with these objects for its variables.

        Raises:
            DataError: the grammar lacks a symbol, or an expression cannot be computed.
        """
        return "".join(self._written(piece, bound, 0) for piece in text)

    def _written(self, piece: Piece, bound: Bound, depth: int) -> str:
        match piece:
            case str():
                return piece
            case Symbol(name):
                return self._symbol(name, bound, depth + 1)
            case Value(expression):
                return str(
                    self._value(expression, {variable.name: value for variable, value in bound.items()})
                )
            case ForEach(part, query, as_list):
                parts = [self._written(part, answer, depth) for answer in self.answers(query, bound)]
                return self._listed(parts, bound, depth) if as_list else "".join(parts)

    def _symbol(self, name: str, bound: Bound, depth: int) -> str:
        if depth > DEEPEST:
            raise DataError(f"the symbol #{name}# of a game's grammar stands for itself")
        for alternative in self.grammar.symbols.get(name, ()):
            if any(True for _ in self.answers(alternative.condition, bound)):
                return "".join(self._written(piece, bound, depth) for piece in alternative.text)
        raise DataError(f"a game's grammar has no text for the symbol #{name}# at this point")

    def _listed(self, parts: list[str], bound: Bound, depth: int) -> str:
        match parts:
            case []:
                return self._symbol("list_empty", bound, depth + 1)
            case [one]:
                return one
        between = self._symbol("list_separator", bound, depth + 1)
        return between.join(parts[:-1]) + self._symbol("list_last_separator", bound, depth + 1) + parts[-1]

    def _value(self, expression: ast.expr, named: Mapping[str, str]) -> str | Entity:
        match expression:
            case ast.Constant(value):
                return str(value)
            case ast.Name(name) if name in named:
                return self.entities[named[name]]
            case ast.Attribute(ast.Name(name), key) if name in named and key in Entity.__dataclass_fields__:
                return str(getattr(self.entities[named[name]], key))
            case ast.BinOp(left, ast.Add(), right):
                return f"{self._value(left, named)}{self._value(right, named)}"
            case ast.BoolOp(operator, values):
                return self._first(isinstance(operator, ast.Or), values, named)
        raise DataError(f"the expression {ast.unparse(expression)!r} of a game's grammar cannot be computed")

    def _first(self, wanted: bool, expressions: list[ast.expr], named: Mapping[str, str]) -> str | Entity:
        """Return the first value that ends an ``or`` (a true one) or ``and`` (a false one), or the last."""
        value: str | Entity = ""
        for expression in expressions:
            value = self._value(expression, named)
            if bool(str(value)) is wanted:
                break
        return value

    def answers(self, query: Query, bound: Bound) -> Iterator[Bound]:
        """Yield the objects with which all predicates of a query hold, in the order of their names.

        As in TextWorld, two variables never stand for the same object.
        """
        if not query:
            yield bound
            return
        for fact in self._matching(query[0], bound):
            if (more := _unified(query[0], fact, bound)) is not None:
                yield from self.answers(query[1:], more)

    def _matching(self, predicate: Predicate, bound: Bound) -> list[Fact]:
        terms = (bound.get(parameter, f"?{parameter.name}") for parameter in predicate.parameters)
        pattern = (predicate.name, *terms)
        facts = set(self.facts.candidates(pattern, {}))
        if predicate.name.startswith("not_"):
            denied = predicate.name.removeprefix("not_")
            facts |= {(predicate.name, *fact[1:]) for fact in self.facts.denied if fact[0] == denied}
        return sorted(fact for fact in facts if self._typed(predicate, fact))

    def _typed(self, predicate: Predicate, fact: Fact) -> bool:
        return len(fact) == len(predicate.parameters) + 1 and all(
            has_type(name, parameter.type) in self.facts
            for name, parameter in zip(fact[1:], predicate.parameters, strict=True)
        )


def _unified(predicate: Predicate, fact: Fact, bound: Bound) -> Bound | None:
    """Return ``bound`` with what makes the predicate this fact; None if that cannot be."""
    more = dict(bound)
    for parameter, name in zip(predicate.parameters, fact[1:], strict=True):
        if parameter not in more and name in more.values():
            return None
        if more.setdefault(parameter, name) != name:
            return None
    return more
