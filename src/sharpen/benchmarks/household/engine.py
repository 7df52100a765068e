"""Play a game of ALFWorld: a state, the commands that it admits, and what each of them does and says."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sharpen.benchmarks.household import logic
from sharpen.benchmarks.household.facts import Facts, objects, type_facts
from sharpen.benchmarks.household.grammar import ActionText, Grammar, read_grammar, read_text
from sharpen.benchmarks.household.logic import Rule
from sharpen.benchmarks.household.names import names
from sharpen.benchmarks.household.pddl import Condition, Domain, Parameter, Task, read_domain, read_task
from sharpen.benchmarks.household.text import Entity, TextWriter
from sharpen.errors import DataError

NOTHING = "Nothing happens."


@dataclass(frozen=True, slots=True)
class GameCommand:
    """An action with its objects and its text."""

    rule: Rule
    values: Mapping[str, str]
    text: ActionText

    @property
    def bound(self) -> dict[Parameter, str]:
        """Its objects by the variables of the texts, which have no ``?``."""
        parameters = self.rule.action.parameters
        return {Parameter(one.name[1:], one.type): self.values[one.name] for one in parameters}


class Definition:
    """What a game's file says, read once; :meth:`begin` may be called often."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Read ``game.tw-pddl``.

        Raises:
            DataError: a part of it is missing or cannot be read.
        """
        try:
            domain, problem, grammar = (str(data[key]) for key in ("pddl_domain", "pddl_problem", "grammar"))
        except KeyError as error:
            raise DataError(f"a game lacks its {error.args[0]}") from error
        self.domain: Domain = _domain(domain)
        self.task: Task = read_task(problem)
        self.grammar: Grammar = read_grammar(grammar)
        self.entities = _entities(self.domain, self.task)

    def begin(self) -> "Play":
        """Begin the game."""
        return Play(self)


class Play:
    """A game that has begun."""

    def __init__(self, definition: Definition) -> None:
        self._facts = Facts([*definition.task.facts, *type_facts(definition.domain, definition.task)])
        self._writer = TextWriter(definition.grammar, definition.entities, self._facts)
        self._rules = [logic.rule(action, self._facts.count) for action in definition.domain.actions]
        self._goal: Condition = logic.planned(definition.task.goal, set(), self._facts.count)
        self._texts = definition.grammar.actions
        self._moves: dict[str, GameCommand] | None = None

    @property
    def intro(self) -> str:
        """The text before the first command."""
        return self._writer.write(read_text("#intro#"), {})

    @property
    def won(self) -> bool:
        """Whether the goal holds."""
        return logic.holds(self._goal, {}, self._facts)

    @property
    def commands(self) -> list[str]:
        """The commands that can be carried out now, in alphabetical order."""
        return sorted(self.moves)

    @property
    def moves(self) -> Mapping[str, GameCommand]:
        """What each command does."""
        if self._moves is None:
            self._moves = {}
            for rule in self._rules:
                self._add_moves(rule, self._moves)
        return self._moves

    def step(self, command: str) -> str:
        """Carry out a command and return what is said about it; other commands change nothing."""
        move = self.moves.get(command.strip())
        if move is None:
            return NOTHING
        logic.perform(move.rule, move.values, self._facts)
        self._moves = None
        return self._writer.write(move.text.feedback, move.bound)

    def _add_moves(self, rule: Rule, moves: dict[str, GameCommand]) -> None:
        text = self._texts.get(rule.action.name)
        for values in logic.bindings(rule, self._facts):
            if text is None:
                raise DataError(f"a game's grammar has no text for the action {rule.action.name}")
            move = GameCommand(rule, values, text)
            moves.setdefault(self._writer.write(text.command, move.bound), move)


def _entities(domain: Domain, task: Task) -> dict[str, Entity]:
    """Return the objects of a task that some fact is about: only these are numbered."""
    known = {argument for fact in task.facts for argument in fact[1:]}
    named = names(known)
    return {
        one.name: Entity(one.name, one.type, named.get(one.name, one.name)) for one in objects(domain, task)
    }


@lru_cache(maxsize=8)
def _domain(text: str) -> Domain:
    """Read a domain; all games of a build share it."""
    return read_domain(text)
