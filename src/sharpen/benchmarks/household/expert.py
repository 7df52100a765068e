"""A hand-coded expert for ALFWorld's games: it knows the task's parts and where kinds of objects may be.

It looks through the places that can hold what it needs, takes it, cleans, heats or cools it, and brings it to
its place. Apart from the task's parts (``traj_data.json``) and the kinds of objects that a kind of place can
hold (``canContain`` in the game), it sees what an agent sees. It is our own, not a copy of ALFWorld's, which
types ``move X to Y`` and so cannot put anything down in games that want ``put X in/on Y``.
"""

import re
from collections import defaultdict
from collections.abc import Generator, Iterable

from sharpen.benchmarks.household.games import Game
from sharpen.benchmarks.household.pddl import Task
from sharpen.errors import DataError

Walk = Generator[str, str, None]
"""Commands; each is answered with an observation."""
SEEN = re.compile(r"\ban? ([a-z]+ \d+)")
PUT = re.compile(r"(put|move) \{o\} (in/on|to) \{r\}")
CHANGES = {"clean": ("sinkbasin", "bathtubbasin"), "heat": ("microwave",), "cool": ("fridge",)}
"""What the families do with an object, and where."""


class Expert:
    """Plays one game.

    Raises DataError where the game has no command that puts an object somewhere.

    Attributes:
        task: the game's task, from ``traj_data.json``: its kinds of objects and places, lower-cased.
        places: every place, in the order of the first observation.
    """

    def __init__(self, game: Game, definition: Task, first: str, templates: Iterable[str]) -> None:
        self.task = {name: str(value).lower() for name, value in game.traj["pddl_params"].items()}
        self.family = game.family
        self.places = _objects(first.partition("Your task")[0])
        self._holds = defaultdict(set)
        for fact in definition.facts:
            if fact[0] == "cancontain":
                self._holds[fact[2].removesuffix("type")].add(fact[1].removesuffix("type"))
        put = next((one for one in templates if PUT.fullmatch(one)), None)
        if put is None:
            raise DataError(
                f"{game.id} has no command like 'put {{o}} in/on {{r}}' or 'move {{o}} to {{r}}': the"
                " expert cannot play it, since it would never put anything down"
            )
        self._put = put
        self._seen: dict[str, list[str]] = {}
        self._done: set[str] = set()
        self._at = ""

    def walk(self) -> Walk:
        """Yield the commands that solve the task; it ends where the expert does not know what else to do."""
        thing = self.task["object_target"]
        for _ in range(2 if self.family == "puttwo" else 1):
            name = yield from self._fetch(thing)
            if self.family == "examine":
                yield from self._use(self.task["toggle_target"])
                return
            if self.family in CHANGES:
                yield from self._change(name)
            yield from self._store(name)

    def _fetch(self, thing: str) -> Generator[str, str, str]:
        name, place = yield from self._find(thing)
        yield from self._go(place)
        yield f"take {name} from {place}"
        self._seen[place].remove(name)
        return name

    def _find(self, thing: str) -> Generator[str, str, tuple[str, str]]:
        """Return an object of a kind that is not stored yet, and its place."""
        for place in [*self._seen, *self._likely(thing)]:
            if place not in self._seen:
                yield from self._go(place)
            for name in self._seen[place]:
                if kind(name) == thing and name not in self._done:
                    return name, place
        raise LookupError(thing)

    def _likely(self, thing: str) -> list[str]:
        """Return the places to look through, those that can hold the kind first."""
        return sorted(self.places, key=lambda place: kind(place) not in self._holds[thing])

    def _go(self, place: str) -> Walk:
        """Go to a place, open it if it is closed, and note what is there."""
        if self._at == place:
            return
        seen = yield f"go to {place}"
        if "is closed" in seen:
            seen = yield f"open {place}"
        self._at = place
        self._seen[place] = _objects(seen)

    def _change(self, name: str) -> Walk:
        place = self._first(*CHANGES[self.family])
        yield from self._go(place)
        yield f"{self.family} {name} with {place}"

    def _store(self, name: str) -> Walk:
        place = self._first(self.task["parent_target"])
        yield from self._go(place)
        yield self._put.format(o=name, r=place)
        self._done.add(name)

    def _use(self, lamp: str) -> Walk:
        name, place = yield from self._find(lamp)
        yield from self._go(place)
        yield f"use {name}"

    def _first(self, *kinds: str) -> str:
        """Return a place of one of the kinds, the first kind that there is."""
        for one in kinds:
            for place in self.places:
                if kind(place) == one:
                    return place
        raise LookupError(" or ".join(kinds))


def _objects(seen: str) -> list[str]:
    return [match[1] for match in SEEN.finditer(seen)]


def kind(name: str) -> str:
    """Return what an object is, without its number."""
    return name.partition(" ")[0]
