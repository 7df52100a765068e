"""Whatever a grammar admits decodes: random sentences of the grammars, made by a small sampler of GBNF."""

import random
import re

import pytest

from sharpen.errors import DataError, UsageError
from sharpen.graphs.codec import FORMATS, format_of
from sharpen.graphs.grammar import grammar, with_grammar
from sharpen.graphs.graph import Edge, Graph, Table, Vertex
from sharpen.graphs.validate import (
    RELATIONS,
    few_edges,
    long_concepts,
    missing_states,
    unknown_relations,
    unknown_steps,
)

TOKEN = re.compile(r'\s*("(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[a-z][a-z0-9-]*|\{\d+(?:,\d+)?\}|[()|*+?])')
ESCAPES = {"n": "\n", "t": "\t"}


class Sampler:
    """Sentences of a GBNF grammar: literals, classes, groups, alternatives and repetitions."""

    def __init__(self, text, seed):
        rules = re.findall(r"^([a-z][a-z0-9-]*) ::= (.*)$", text, re.MULTILINE)
        assert len(rules) == len(text.strip().splitlines()), "a line that is not a rule"
        self.rules = {name: self.parse(body) for name, body in rules}
        self.random = random.Random(seed)

    def parse(self, body):
        tokens, place = [], 0
        while place < len(body.rstrip()):
            result = TOKEN.match(body, place)
            assert result, f"no token at {body[place:]!r}"
            tokens.append(result.group(1))
            place = result.end()
        parsed = self.alternatives(tokens)
        assert not tokens
        return parsed

    def alternatives(self, tokens):
        options, sequence = [], []
        while tokens and tokens[0] != ")":
            token = tokens.pop(0)
            if token == "|":
                options.append(sequence)
                sequence = []
            elif token == "(":
                sequence.append(self.alternatives(tokens))
                assert tokens.pop(0) == ")"
            elif token[0] == "{" or token in "*+?":
                fewest, most = {"*": (0, 4), "+": (1, 4), "?": (0, 1)}.get(token) or self.bounds(token)
                sequence[-1] = ("repeat", sequence[-1], fewest, most)
            else:
                sequence.append(token)
        return ("choice", [*options, sequence])

    def bounds(self, token):
        numbers = [int(number) for number in token[1:-1].split(",")]
        return numbers[0], numbers[-1]

    def sentence(self, part="root"):
        if isinstance(part, list):
            return "".join(map(self.sentence, part))
        if isinstance(part, tuple) and part[0] == "choice":
            return self.sentence(self.random.choice(part[1]))
        if isinstance(part, tuple):
            return "".join(self.sentence(part[1]) for _ in range(self.random.randint(*part[2:])))
        if part[0] == '"':
            return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), part[1:-1])
        if part[0] == "[":
            allowed = [sign for sign in map(chr, range(300)) if re.fullmatch(part, sign)]
            return self.random.choice(allowed)
        return self.sentence(self.rules[part])


STEPS = ("bake the bread", 'Say "hi" \\ to the baker\'s café', "bake the bread", "class", "3 eggs", "", "end")
SCRIPT = Graph(
    (("goal", "bake # END"),),
    tuple(Vertex(f"step{i}" if i != 1 else 'odd "id" \\', text) for i, text in enumerate(STEPS)),
    (Edge("step0", "step2"),),
)
PROCESS = Graph(
    (),
    (Vertex("step1", "Plants die."), Vertex("step2", "They're buried; \\ in mud.")),
    (),
    Table(("plants", "mud"), ()),
)
ARGUMENT = Graph((("belief", "a b"), ("argument", 'c "d"'), ("stance", "counter")), ())
ITEMS = {"edges": SCRIPT, "states": PROCESS, "explanation": ARGUMENT}
CASES = [(task, name) for task in ITEMS for name in with_grammar(task)]


@pytest.mark.parametrize(("task", "name"), CASES)
def test_every_sentence_of_a_grammar_decodes_whole_and_keeps_the_rules(task, name):
    form, item = format_of(task, name), ITEMS[task]
    for seed in range(25):
        completion = Sampler(grammar(form, item), seed).sentence()
        decoded = form.decode(form.prompt(item) + completion)
        assert decoded.status == "whole", (decoded.reason, completion)
        if task == "edges":
            assert decoded.graph.nodes == item.nodes
            assert len(decoded.graph.edges) >= len(item.nodes) - 1
            assert not [edge for edge in decoded.graph.edges if edge.source == edge.target]
        rules = {
            "edges": (unknown_steps(decoded.graph, item),),
            "states": (missing_states(decoded.graph),),
            "explanation": (
                few_edges(decoded.graph),
                long_concepts(decoded.graph),
                unknown_relations(decoded.graph),
            ),
        }
        assert not any(rules[task])


@pytest.mark.parametrize(("task", "name"), CASES)
def test_a_reference_answer_is_a_sentence(task, name):
    references = {
        "edges": ((Edge("step0", "step1"), Edge("step1", "step2")), None),
        "states": ((), Table(("a",), (("-",), ("the mud",), ("?",)))),
        "explanation": (
            (Edge("a", "d", RELATIONS[4]), Edge("b", "d", "is a"), Edge("d", "e f", "is not a")),
            None,
        ),
    }
    edges, table = references[task]
    nodes = {
        "edges": [Vertex(f"step{i}", f"do {i}") for i in range(3)],
        "states": [Vertex("step1", "x"), Vertex("step2", "y")],
        "explanation": [Vertex(c, c) for c in ("a", "d", "b", "e f")],
    }
    about = {"edges": (("goal", "g"),), "explanation": ARGUMENT.about}.get(task, ())
    form, reference = format_of(task, name), Graph(about, tuple(nodes[task]), edges, table)
    completion = form.encode(reference).removeprefix(form.prompt(reference))
    assert re.fullmatch(as_pattern(grammar(form, reference)), completion)


def as_pattern(text):
    """A grammar without recursion as a regular expression."""
    sampler = Sampler(text, 0)

    def pattern(part):
        if isinstance(part, list):
            return "".join(map(pattern, part))
        if isinstance(part, tuple) and part[0] == "choice":
            return f"(?:{'|'.join(map(pattern, part[1]))})"
        if isinstance(part, tuple):
            return f"(?:{pattern(part[1])}){{{part[2]},{part[3]}}}"
        if part[0] == '"':
            return re.escape(sampler.sentence(part))
        return part if part[0] == "[" else pattern(sampler.rules[part])

    return pattern("root")


def test_a_format_without_a_grammar_is_refused():
    lacking = [form for form in FORMATS.values() if form.name not in with_grammar(form.task)]
    assert {form.task for form in lacking} == {"script", "edges", "states", "explanation"}
    for form in lacking:
        with pytest.raises(UsageError, match="has no grammar"):
            grammar(form, SCRIPT)


def test_edges_need_two_steps():
    with pytest.raises(DataError, match="at least two steps"):
        grammar(format_of("edges", "flat"), Graph((("goal", ""),), (Vertex("step0", ""),)))
