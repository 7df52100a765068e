"""Graphs that try to get lost: names that collide, texts that look like code, any order of anything."""

from hypothesis import strategies as st

from sharpen.graphs.graph import ABSENT, UNKNOWN, Edge, Graph, Table, Vertex

SNARES = (
    "",
    " ",
    "a",
    "A",
    "the bread",
    "The bread.",
    "bread",
    "bread 2",
    "bread_2",
    "end",
    "begin",
    "class",
    "None",
    "self",
    "goal",
    "steps",
    "get_relations",
    "init_edges",
    "# END",
    "# Init",
    "Init",
    "none",
    "UNK",
    "unknown place",
    "x is located at y",
    "state_0 tracks the location/state of x",
    'say "hi"',
    "it's \\ here",
    "two\nlines",
    "a; b",
    "step0: a -> b",
    "step0 -> step1",
    "(a; b; c)",
    ") (",
    "a)",
    '"',
    "\\",
    "```",
    "[label]",
    "#quot;",
    "#35;",
    "%% goal",
    "end goal. The steps are many",
    "bake. How can you do this in 3 steps?",
    "café",
    "ﬁne",
    "İstanbul",
    "\u2028",
    "\x85\r\t\x0b",
    "\U0001f35e\U000e0001",
    "3 eggs",
    "subgraph",
    "digraph G {",
    "}",
    "__init__",
    "step0",
    "step1",
    "step2",
)
NO_LABEL = st.just("")
texts = st.sampled_from(SNARES) | st.text(max_size=12)


def chosen_edges(draw, ids, labels=NO_LABEL):
    if not ids:
        return ()
    ends = st.sampled_from(ids)
    return tuple(draw(st.lists(st.builds(Edge, ends, ends, labels), max_size=8)))


@st.composite
def scripts(draw):
    ids = draw(st.lists(texts | st.sampled_from([f"step{i}" for i in range(6)]), max_size=6, unique=True))
    nodes = tuple(Vertex(identity, draw(texts)) for identity in ids)
    return Graph((("goal", draw(texts)),), nodes, chosen_edges(draw, ids))


@st.composite
def processes(draw):
    steps = draw(st.lists(texts, max_size=4))
    participants = tuple(draw(st.lists(texts, max_size=4, unique=True)))
    cells = st.sampled_from([UNKNOWN, ABSENT, ""]) | texts
    rows = tuple(tuple(draw(cells) for _ in participants) for _ in range(len(steps) + 1))
    nodes = tuple(Vertex(f"step{number}", text) for number, text in enumerate(steps, 1))
    return Graph((), nodes, (), Table(participants, rows))


@st.composite
def explanations(draw):
    concepts = draw(st.lists(texts, max_size=6, unique=True))
    about = tuple((name, draw(texts)) for name in ("belief", "argument", "stance"))
    return Graph(about, tuple(Vertex(c, c) for c in concepts), chosen_edges(draw, concepts, texts))


GRAPHS = {"script": scripts(), "edges": scripts(), "states": processes(), "explanation": explanations()}
