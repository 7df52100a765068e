"""Every command that the documents show works."""

import asyncio
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sharpen import api
from sharpen.models.scripted import Scripted
from sharpen.selfcodealign.generate.pipeline import Align
from tests.align_files import write_files
from tests.align_world import answer, seeds_file
from tests.benchmarks.test_classeval import row as class_row
from tests.sandbox.languages.programs import need

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in re.findall(r"^```[a-z]*\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            for line in re.sub(r"\\\n\s*", "", block).splitlines():
                if line.startswith("sharpen "):
                    yield page.name, re.sub(r"\s+#.*", "", line)


TUTORIAL = ("runs/first", "runs/class", "runs/draw", "runs/before", "runs/after")
"""Runs that a page of the tutorial makes by one command and reads by another."""

RUST = {
    "name": "HumanEval_1_one",
    "language": "rs",
    "prompt": "fn one() -> isize {\n",
    "test": "fn main() {\n    assert_eq!(one(), 1);\n}\n",
}


def tasks_file(folder: Path) -> Path:
    path = folder / "tasks.py"
    path.write_text(
        "from sharpen import Problem\n\n\ndef load():\n    return [Problem.from_function('Add.', 'assert add(1, 2) == 3')]\n"
    )
    return path


def mine_toml(folder: Path) -> Path:
    path = folder / "mine.toml"
    path.write_text('source = "rows.jsonl"\n[columns]\nstatement = "text"\ntests = "test_list"\n')
    (folder / "rows.jsonl").write_text(json.dumps({"text": "Add.", "test_list": ["assert add(1, 2) == 3"]}))
    return path


@pytest.fixture
def words(recorded: Path, tmp_path: Path) -> dict[str, str]:
    """What stands for the documents' placeholders."""
    samples = tmp_path / "samples.jsonl"
    samples.write_text(json.dumps({"task_id": "HumanEval/53", "completion": "    return x + y\n"}) + "\n")
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps({"task_id": "HumanEval/53", "solution": "", "is_solved": True}) + "\n")
    process = {"id": 1, "steps": ["Init", "Rain falls."], "questions": []}
    process["questions"] = [{"question": "the location/state of rain", "answers": ["cloud", "ground"]}]
    graphs = tmp_path / "test.jsonl"
    graphs.write_text(json.dumps(process) + "\n")
    record = class_row()
    classes = tmp_path / "ClassEval_data.json"
    classes.write_text(json.dumps([record]))
    answers = tmp_path / "outputs.json"
    answers.write_text(json.dumps([record | {"predict": [record["solution_code"]]}]))
    outputs = tmp_path / "outputs.jsonl"
    outputs.write_text(json.dumps({"id": 1, "text": ""}) + "\n")
    rust, rust_log = tmp_path / "rs.jsonl", tmp_path / "rust_log.jsonl"
    rust.write_text(json.dumps(RUST) + "\n")
    rust_log.write_text(json.dumps(RUST | {"solution": "fn one() -> isize { 1 }", "is_solved": True}) + "\n")
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "half.py").write_text('def half(x):\n    """Return half of x."""\n    return x / 2\n')
    stages = tmp_path / "stages"
    stages.mkdir()
    tuned = {"base": "qwen2.5-coder-0.5b", "base_sha256": "", "adapter": "adapter.gguf", "sha256": ""}
    (stages / "tuned.json").write_text(json.dumps(tuned))  # a training that is finished
    return {
        "AFTER": str(recorded),
        "BEFORE": str(recorded),
        "DIR": str(write_files(stages)),
        "FOLDER": str(sources),
        "LOG": str(log),
        "OUTPUTS.jsonl": str(outputs),
        "RUN": str(recorded),
        "mine.toml": str(mine_toml(tmp_path)),
        "tasks.py:load": f"{tasks_file(tmp_path)}:load",
        "SHARD": str(recorded),
        "SOURCE": str(sources),
        "classeval@ClassEval_data.json": f"classeval@{classes}",
        "outputs.json": str(answers),
        "[RUN": "",
        "hf://datasets/OWNER/NAME": str(tmp_path / "pushed"),
        "humaneval@data/HumanEval.jsonl.gz": "humaneval",
        "log.jsonl": str(rust_log),
        "multipl-e/humaneval-rs@humaneval-rs-hardest50.jsonl": f"multipl-e/humaneval-rs@{rust}",
        "...]": "",
        "propara@test.jsonl": f"propara@{graphs}",
        "runs": str(recorded.parent),
        **dict.fromkeys(TUTORIAL, str(recorded)),
        "samples.jsonl": str(samples),
    }


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A run of align whose model is the record of another."""
    directory = tmp_path_factory.mktemp("align")
    seeds, message = str(seeds_file(directory)), directory / "said"
    asyncio.run(
        api.execute(Align(benchmark=seeds, model="m"), message, opener=lambda _: Scripted(answer, "m"))
    )
    asyncio.run(api.execute(Align(benchmark=seeds, model=f"replay:{message}"), directory / "mine"))
    return {"mine": str(directory / "mine"), "seeds.jsonl": seeds}


@pytest.mark.parametrize(("page", "command"), sorted(set(commands())))
def test_a_command_of_the_documents_works(
    sharpen: Callable[..., tuple[int, str, str]],
    words: dict[str, str],
    page: str,
    command: str,
    request: pytest.FixtureRequest,
) -> None:
    if "mine" in command.split():
        words |= request.getfixturevalue("mine")
    if "humaneval-rs" in command:
        need("rust")
    if "inspect" in command:
        pytest.importorskip("inspect_ai", reason="no inspect-ai: pip install inspect-ai to run this")
    verb, *rest = shlex.split(command)[1:]
    begins = verb in ("sample", "repair", "reflexion", "structure")
    words = {word: given for word, given in words.items() if not begins or word not in TUTORIAL}
    words |= {"HumanEval/32": "mine/add"} if verb == "show" else {}
    words |= {"runs/tuned": words["DIR"]} if begins else {}
    tokens = [verb, *(words.get(word, word) for word in rest)]
    tokens = [token for token in tokens if token]
    if begins or tokens[:2] in (["align", "run"], ["align", "concepts"], ["align", "train"]):
        tokens += ["--dry-run"] * ("--dry-run" not in tokens)
    elif "pull" in tokens or "serve" in tokens or "view" in tokens:
        tokens.append("--help")  # tested in test_weights.py, with less to fetch, and where the servers are
    code, out, err = sharpen(*tokens)
    absent = "--dry-run" in tokens and ("MISSING" in err or "run pip install 'sharpen[" in err)
    assert not code or absent, err  # a server, a key or an extra that this machine does not have is named
    assert out or err


def test_the_first_command_is_the_one_of_the_makefile(sharpen: Callable[..., tuple[int, str, str]]) -> None:
    (line,) = re.findall(r"\$\(BIN\)/(sharpen repair .*)", (ROOT / "Makefile").read_text())
    tokens = line.replace("examples/", f"{ROOT}/examples/").split()[1:]
    code, out, _ = sharpen(*tokens, "--dry-run")
    assert code == 0
    assert json.loads(out)["model"] == "qwen2.5-coder-0.5b+repair"


def test_links_between_the_documents_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
