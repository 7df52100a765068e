"""One small graph a task, and the text of each format: ``@`` stands where the prompt ends.

The other formats of edge prediction write the text of the script and end the prompt after the steps.
"""

from sharpen.graphs.graph import Edge, Graph, Table, Vertex

SCRIPT = Graph(
    (("goal", "bake a cake"),),
    (Vertex("step0", "mix the dough"), Vertex("step1", 'Sing: "la"!'), Vertex("step2", "bake a cake")),
    (Edge("step0", "step1"), Edge("step0", "step2"), Edge("step1", "step2")),
)
PROCESS = Graph(
    (),
    (Vertex("step1", "The plants die."), Vertex("step2", "They rot.")),
    (),
    Table(("plants", "soil"), (("?", "-"), ("the mud", "-"), ("-", ""))),
)
ARGUMENT = Graph(
    (("belief", "Marijuana should not be legal."), ("argument", "It's dangerous."), ("stance", "support")),
    tuple(Vertex(c, c) for c in ("marijuana", "street drug", "it's dangerous")),
    (Edge("marijuana", "street drug", "is a"), Edge("street drug", "it's dangerous", "has property")),
)
GRAPHS = {"script": SCRIPT, "edges": SCRIPT, "states": PROCESS, "explanation": ARGUMENT}
TEXTS = {
    ("script", "literal"): """\
class BakeACake:

    title = "bake a cake"
    steps = 3

@    def step0(self):
        return "mix the dough"

    def step1(self):
        return "Sing: \\"la\\"!"

    def step2(self):
        return "bake a cake"

    def get_relations(self):
        return [
            "step0 -> step1",
            "step0 -> step2",
            "step1 -> step2",
        ]
""",
    ("script", "networkx"): """\
class Plan:

    goal = "bake a cake"
    num_steps = 3

@    def __init__(self):
        graph = nx.DiGraph()
        # add nodes
        step0 = "mix the dough"
        step1 = "Sing: \\"la\\"!"
        step2 = "bake a cake"
        graph.add_nodes_from([step0, step1, step2])

        # add edges
        graph.add_edge(step0, step1)
        graph.add_edge(step0, step2)
        graph.add_edge(step1, step2)
""",
    ("script", "object"): """\
class BakeACake:

    title = "bake a cake"
    steps = 3

@    def init_steps(self):
        # make 3 steps
        self.step0 = Step("mix the dough")
        self.step1 = Step("Sing: \\"la\\"!")
        self.step2 = Step("bake a cake")

    def init_edges(self):
        self.step0.add_next_steps([self.step1, self.step2])
        self.step1.add_next_steps([self.step2])
""",
    ("script", "hashmap"): """\
class BakeACake:

    title = "bake a cake"
    steps = 3

@    def init_steps(self):
        self.step0 = "mix the dough"
        self.step1 = "Sing: \\"la\\"!"
        self.step2 = "bake a cake"

    def init_edges(self):
        self.edges = {
            self.step0: [self.step1, self.step2],
            self.step1: [self.step2],
        }
""",
    ("script", "tree"): """\
class Tree:

    goal = "bake a cake"
    steps = 3

    def __init__(self):
        # nodes
@        mix_the_dough = Node()
        sing_la = Node(text="Sing: \\"la\\"!")
        bake_a_cake = Node()

        # edges using commonsense
        begin.children = [mix_the_dough]
        mix_the_dough.children = [sing_la, bake_a_cake]
        sing_la.children = [bake_a_cake]
        bake_a_cake.children = [end]
""",
    ("edges", "tree"): """\
class Tree:

    goal = "bake a cake"
    def __init__(self):
        # nodes
        mix_the_dough = Node()
        sing_la = Node(text="Sing: \\"la\\"!")
        bake_a_cake = Node()

@        # edges using commonsense
        mix_the_dough.children = [sing_la, bake_a_cake]
        sing_la.children = [bake_a_cake]
        bake_a_cake.children = [end]
""",
    ("edges", "event"): """\
class EventTree:

    goal = "bake a cake"
    def __init__(self):
        # event nodes
        mix_the_dough = Event()
        sing_la = Event(text="Sing: \\"la\\"!")
        bake_a_cake = Event()

@        # assign child events using commonsense
        begin.children = [mix_the_dough]
        mix_the_dough.children = [sing_la, bake_a_cake]
        sing_la.children = [bake_a_cake]
        bake_a_cake.children = [end]
""",
    ("edges", "task"): """\
class Task:

    goal = "bake a cake"
    def __init__(self):
        # nodes
        mix_the_dough = SubTask()
        sing_la = SubTask(text="Sing: \\"la\\"!")
        bake_a_cake = SubTask()

@        # order sub-tasks using commonsense
        begin.on_finish = [mix_the_dough]
        mix_the_dough.on_finish = [sing_la, bake_a_cake]
        sing_la.on_finish = [bake_a_cake]
        bake_a_cake.on_finish = [end]
""",
    ("edges", "dep"): """\
class Plan:

    goal = "bake a cake"
    def __init__(self):
        # steps
        mix_the_dough = Step()
        sing_la = Step(text="Sing: \\"la\\"!")
        bake_a_cake = Step()

@        # dependency graph
        mix_the_dough.requires = [begin]
        sing_la.requires = [mix_the_dough]
        bake_a_cake.requires = [mix_the_dough, sing_la]
""",
    ("edges", "assert"): """\
class Plan:

    goal = "bake a cake"
    def __init__(self):
        # steps
        mix_the_dough = Step()
        sing_la = Step(text="Sing: \\"la\\"!")
        bake_a_cake = Step()

        # dependency graph
@        assert mix_the_dough.then([sing_la, bake_a_cake])
        assert sing_la.then([bake_a_cake])
        assert bake_a_cake.then([end])
""",
    ("script", "method"): """\
class Plan:

    goal = "bake a cake"
    num_steps = 3

@    def begin():
        mix_the_dough()

    def mix_the_dough():
        sing_la()
        bake_a_cake()

    def sing_la(text="Sing: \\"la\\"!"):
        bake_a_cake()

    def bake_a_cake():
        end()
""",
    ("edges", "method"): """\
class Plan:

    goal = "bake a cake"
    num_steps = 3

    mix_the_dough = Step()
    sing_la = Step(text="Sing: \\"la\\"!")
    bake_a_cake = Step()

@    def begin():
        mix_the_dough()

    def mix_the_dough():
        sing_la()
        bake_a_cake()

    def sing_la():
        bake_a_cake()

    def bake_a_cake():
        end()
""",
    ("script", "flat"): """\
Input = You want to bake a cake. How can you do this in 3 steps?

Output =@ step0: mix the dough; step1: "Sing: \\"la\\"!"; step2: bake a cake; step0 -> step1; step0 -> step2; step1 -> step2
""",
    ("edges", "flat"): """\
Input = You want to bake a cake. The steps are step0: mix the dough; step1: "Sing: \\"la\\"!"; step2: bake a cake

Output =@ step0 -> step1; step0 -> step2; step1 -> step2
""",
    ("script", "dot"): """\
digraph G {
  goal="bake a cake";
  steps=3;
@  step0 [label="mix the dough"];
  step1 [label="Sing: \\"la\\"!"];
  step2 [label="bake a cake"];
  step0 -> step1;
  step0 -> step2;
  step1 -> step2;
}
""",
    ("script", "mermaid"): """\
flowchart TD
    %% goal: bake a cake
    %% steps: 3
@    step0["mix the dough"]
    step1["Sing: #quot;la#quot;!"]
    step2["bake a cake"]
    step0 --> step1
    step0 --> step2
    step1 --> step2
""",
    ("script", "json"): """\
{
  "goal": "bake a cake",
  "steps": 3,
@  "nodes": [
    {"id": "step0", "text": "mix the dough"},
    {"id": "step1", "text": "Sing: \\"la\\"!"},
    {"id": "step2", "text": "bake a cake"}
  ],
  "edges": [
    ["step0", "step1"],
    ["step0", "step2"],
    ["step1", "step2"]
  ]
}
""",
    ("states", "function"): """\
def main():
\t# Init
\t# The plants die.
\t# They rot.
\t# state_0 tracks the location/state of plants
\t# state_1 tracks the location/state of soil
@\tdef init():
\t\tstate_0 = "UNK"
\t\tstate_1 = None
\tdef plants_die():
\t\tstate_0 = "the mud"
\t\tstate_1 = None
\tdef they_rot():
\t\tstate_0 = None
""",
    ("states", "class"): """\
class Object:
\tdef __init__(self):
\t\t# Init
\t\t# The plants die.
\t\t# They rot.
\t\t# state_0 tracks the location/state of plants
\t\tself.state_0 = None
\t\t# state_1 tracks the location/state of soil
\t\tself.state_1 = None
@\tdef init(self):
\t\tself.state_0 = "UNK"
\t\tself.state_1 = None
\tdef plants_die(self):
\t\tself.state_0 = "the mud"
\t\tself.state_1 = None
\tdef they_rot(self):
\t\tself.state_0 = None
""",
    ("states", "qa"): """\
Document
step 0: Init
step 1: The plants die.
step 2: They rot.

List of participants:
participant 0: plants
participant 1: soil

@Question 0: after step 0 (init) is executed where are the participants?
Answers:
plants is located at unknown place
soil does not exist

Question 1: after step 1 (the plants die) is executed where are the participants?
Answers:
plants is located at the mud
soil does not exist

Question 2: after step 2 (they rot) is executed where are the participants?
Answers:
plants does not exist
""",
    ("explanation", "literal"): """\
class ExplaGraph:
    def __init__(self):
        self.belief = "Marijuana should not be legal."
        self.argument = "It's dangerous."
        self.stance = "support"
@        self.graph = "(marijuana; is a; street drug)(street drug; has property; it's dangerous)"
""",
    ("explanation", "tree"): """\
class Tree:
    def __init__(self):
        self.belief = "Marijuana should not be legal."
        self.argument = "It's dangerous."
        self.stance = "support"

        # tree for support in support of belief
@        root_nodes = ["marijuana"]
        marijuana = Node()
        marijuana.add_edge("is a", "street drug")
        street_drug = Node()
        street_drug.add_edge("has property", "it's dangerous")
""",
    ("explanation", "relation"): """\
class ExplanationDAG:

    def __init__(self):
        belief = "Marijuana should not be legal."
        argument = "It's dangerous."
        stance = "support"

        # create a DAG to support belief using argument
@        begin = ["marijuana"]
        add_edge("marijuana", "is a", "street drug")
        add_edge("street drug", "has property", "it's dangerous")
""",
    ("explanation", "json"): """\
{
  "belief": "Marijuana should not be legal.",
  "argument": "It's dangerous.",
  "stance": "support",
@  "edges": [
    ["marijuana", "is a", "street drug"],
    ["street drug", "has property", "it's dangerous"]
  ]
}
""",
    ("explanation", "bracket"): """\
Input: belief = "Marijuana should not be legal." argument = "It's dangerous." stance = "support"
Output:@ (marijuana; is a; street drug)(street drug; has property; it's dangerous)
""",
}
