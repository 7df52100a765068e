"""TextWorld Commonsense: put what lies about where it belongs (Murugesan et al. 2021, arXiv 2010.05693).

``twc@FILE`` reads games as JSON lines, each the JSON part of one of its games, or an object with it under
``game`` and its ``path``. Our own engine plays them: rules, goals and descriptions of rooms are the game's.

Deviation: the games that the paper played are compiled programs, whose answers to a command are part of
TextWorld and of Inform 7 and not of the JSON. The answers here are our own: ``You take the scarf from the
bed.``
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sharpen.benchmarks.base import Benchmark, Environment, needs_file
from sharpen.benchmarks.household.environment import Household, game_benchmark, game_problem
from sharpen.benchmarks.household.rules import Fact, KnowledgeBase
from sharpen.errors import DataError
from sharpen.files.disk import read_jsonl
from sharpen.types import Problem

_ALWAYS = ("inventory", "look")
_MARK = re.compile(r"\[([^\]]*)\]")
_LIST = re.compile(r"a list of things (?:in|on) the (\w+)")
_SOMETHING = re.compile(r"there is (something|nothing) (?:in|on) the (\w+)")
_EMPTY = re.compile(r"the (\w+) contains nothing")
_STATE = re.compile(r"(?:(\w+) is )?(open|closed|locked)")
_CONDITION = "|".join(each.pattern for each in (_SOMETHING, _EMPTY, _STATE))
_KNOWN = re.compile(
    rf"noun|otherwise|end if|{_LIST.pattern}|(?:else )?if (?:{_CONDITION})(?: and (?:{_CONDITION}))*"
)
"""The marks of Inform 7 that descriptions have: ``[if c_0 is open and the c_0 contains nothing]``."""


class TidyGame:
    """What a game's JSON says.

    Raises KeyError, TypeError or ValueError where it is not a game, or has a description that cannot be read.

    Attributes:
        objective: the task, in words.
        rules: what can be done.
        facts: what is true at first.
        names, types, texts: of every object, by identifier: its name, its type, its description.
        quests: of each quest the ways to do it, each a set of facts.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.objective = str(data["objective"])
        self.rules = KnowledgeBase(data["KB"]["logic"])
        self.facts = frozenset(map(_fact, data["world"]))
        if not any(fact[:2] == ("at", "P") for fact in self.facts):
            raise ValueError("the player is in no room")
        infos = dict(data["infos"])
        self.names = {each: str(info["name"] or each) for each, info in infos.items()}
        self.types = {each: str(info["type"]) for each, info in infos.items()}
        self.texts = {each: str(info["desc"] or "") for each, info in infos.items()}
        marks = {mark for text in self.texts.values() for mark in _MARK.findall(text)}
        if unknown := sorted(mark for mark in marks if not _KNOWN.fullmatch(mark)):
            raise ValueError(f"a description has the mark [{unknown[0]}], which is not known")
        self.quests = [
            [frozenset(map(_fact, event["condition"]["preconditions"])) for event in quest["win_events"]]
            for quest in data["quests"]
        ]


def _fact(row: Mapping[str, Any]) -> Fact:
    return (row["name"], *(argument["name"] for argument in row["arguments"]))


class TidyWorld:
    """A game that has begun: see :class:`sharpen.benchmarks.household.environment.World`.

    Attributes:
        facts: what is true now.
        done: the numbers of the quests that are done; one that is done stays so.
    """

    def __init__(self, definition: TidyGame) -> None:
        self.definition = definition
        self.facts = definition.facts
        self.done: set[int] = set()
        self.templates = sorted({*_ALWAYS, *(action.template for action in definition.rules.actions)})
        self.seen = f"{definition.objective}\n\n{self._look()}"

    @property
    def admissible(self) -> list[str]:
        """The commands that can be carried out now."""
        return sorted({*_ALWAYS, *self._choices()})

    @property
    def won(self) -> bool:
        """Whether every quest is done."""
        return len(self.done) == len(self.definition.quests)

    over = won

    def step(self, command: str) -> str:
        """Carry out a command and return what is said about it."""
        words = " ".join(word for word in command.lower().split() if word not in ("a", "an", "the"))
        if words == "look":
            return self._look()
        if words == "inventory":
            return f"You carry {self._listed('I')}."
        choices = self._choices()
        if words not in choices:
            return "You cannot do that now."
        after, said = choices[words]
        self.facts = after
        done = {number for number, ways in enumerate(self.definition.quests) if any(map(self._holds, ways))}
        more, self.done = done - self.done, self.done | done
        return said + (f" You have done {len(self.done)} of {len(self.definition.quests)}." if more else "")

    def close(self) -> None:
        """It holds nothing but memory."""

    def _holds(self, facts: frozenset[Fact]) -> bool:
        return facts <= self.facts

    def _choices(self) -> dict[str, tuple[frozenset[Fact], str]]:
        """Return what can be done now: what is true afterwards, and what is said, by command."""
        names = self.definition.names
        choices: dict[str, tuple[frozenset[Fact], str]] = {}
        for action in self.definition.rules.actions:
            for bound in self.definition.rules.ways(action, self.facts, self.definition.types):
                command = action.template.format_map({each: names[it] for each, it in bound.items()}).lower()
                if command in choices:
                    continue
                after = action.applied(self.facts, bound)
                choices[command] = after, self._said(action.name, action.template, bound)
        return choices

    def _said(self, action: str, template: str, bound: Mapping[str, str]) -> str:
        name = action.partition("/")[0]
        if name == "examine":
            thing = bound[re.findall(r"\{(.+?)\}", template)[0]]
            return self._rendered(self.definition.texts[thing], thing)
        if name == "go":
            return self._look(bound["r'"])
        named = {each: f"the {self.definition.names[it]}" for each, it in bound.items()}
        return f"You {template.format_map(named)}."

    def _look(self, room: str = "") -> str:
        room = room or next(fact[2] for fact in self.facts if fact[:2] == ("at", "P"))
        described = self._rendered(self.definition.texts[room], room)
        fixed = ("P", "s", "c", "d")
        floor = [
            each
            for each in self._inside(room)
            if not any(self.definition.rules.is_a(self.definition.types[each], kind) for kind in fixed)
        ]
        return described + (f" On the floor you see {self._worded(floor)}." if floor else "")

    def _inside(self, place: str) -> list[str]:
        """Return what is in, on or at a place."""
        return sorted(
            fact[1] for fact in self.facts if fact[0] in ("in", "on", "at") and fact[2:] == (place,)
        )

    def _listed(self, place: str) -> str:
        return self._worded(self._inside(place))

    def _worded(self, things: list[str]) -> str:
        names = [_with_article(self.definition.names[each]) for each in things]
        return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "nothing"

    def _rendered(self, text: str, subject: str) -> str:
        """Return a description with what its marks stand for; ``subject`` is what it describes."""
        said: list[str] = []
        branches = [(True, True)]  # of each open condition: whether this branch is shown, whether one was
        for number, part in enumerate(_MARK.split(text)):
            if number % 2 == 0 or part == "noun" or part.startswith("a list"):
                word = part if number % 2 == 0 else self._word(part, subject)
                said.append(word if all(now for now, _ in branches) else "")
            elif part == "end if":
                branches.pop()
            else:
                had = branches.pop()[1] if part.startswith(("else", "otherwise")) else False
                now = not had and self._is_true(part.partition("if ")[2], subject)
                branches.append((now, had or now))
        return " ".join("".join(said).split())

    def _word(self, mark: str, subject: str) -> str:
        listed = _LIST.fullmatch(mark)
        return self._listed(listed[1]) if listed else self.definition.names[subject]

    def _is_true(self, conditions: str, subject: str) -> bool:
        """Whether all conditions hold; ``otherwise`` has none."""
        return all(self._one_is_true(each, subject) for each in conditions.split(" and ") if each)

    def _one_is_true(self, condition: str, subject: str) -> bool:
        if match := _SOMETHING.fullmatch(condition):
            return bool(self._inside(match[2])) == (match[1] == "something")
        if match := _EMPTY.fullmatch(condition):
            return not self._inside(match[1])
        match = _STATE.fullmatch(condition)
        assert match is not None
        return (match[2], match[1] or subject) in self.facts


def _with_article(name: str) -> str:
    return f"an {name}" if name[:1] in "aeiou" else f"a {name}"


def read(path: Path) -> Iterator[tuple[str, TidyGame]]:
    """Yield the names and definitions of the games in a file.

    Raises:
        DataError: a record is not a game; the sentence names it.
    """
    for number, row in read_jsonl(path):
        try:
            data = row.get("game", row)
            yield Path(row.get("path", data["metadata"]["uuid"])).stem, TidyGame(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"{path}, line {number} is not a game of TextWorld Commonsense ({error!r})"
            ) from error


def load(path: Path | None) -> Benchmark:
    """Return the games of a file.

    Raises:
        UsageError: no file was named.
        DataError: it holds no games, or a record is none.
    """
    path = path or needs_file("twc", "games of TextWorld Commonsense as JSON lines")
    games = dict(read(path))
    if not games:
        raise DataError(f"{path} holds no game")
    problems = [game_problem(name, game.objective, "", str(path)) for name, game in games.items()]

    def environment(problem: Problem) -> Environment:
        return Household(partial(TidyWorld, games[problem.id]))

    return game_benchmark("twc", problems, environment, str(path))
