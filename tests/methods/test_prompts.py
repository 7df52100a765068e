"""Sets of prompts: sharpen's own, the papers' form, and a folder."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sharpen.answers import without_code
from sharpen.errors import DataError
from sharpen.methods.prompts import render, turn
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.repair import Repair
from sharpen.methods.structure import Structure
from sharpen.types import Message
from tests.methods.reflexion_world import rows, solve
from tests.methods.test_repair import grow
from tests.structure_world import RIGHT, Scribe, ran

BEFORE = (Message("user", "write f"), Message("assistant", "def f(): pass"))


def test_a_file_without_roles_is_a_turn_in_the_conversation() -> None:
    prompt = turn("explain", BEFORE, error="f() failed")
    assert prompt[:2] == BEFORE
    assert prompt[2].role == "user" and "f() failed" in prompt[2].content


@pytest.mark.anyio
async def test_the_papers_form_has_a_system_role_an_example_and_the_program_that_ran(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, n_p=1, n_f=1, n_r=1, prompts="paper")
    program, feedback, repair = nodes
    for node in nodes:
        assert [turn.role for turn in node.prompt] == ["system", "user", "assistant", "user"]
    assert "statement of toy/0" in program.prompt[-1].content
    assert "# statement of toy/0" in feedback.prompt[-1].content
    assert program.program.code in feedback.prompt[-1].content
    assert "visible test failed on" in feedback.prompt[-1].content
    assert feedback.answer in repair.prompt[-1].content


@pytest.mark.anyio
async def test_code_llama_gets_the_same_as_one_text(tmp_path: Path) -> None:
    def answer(prompt, index):
        return "wrong"

    nodes, _ = await grow(tmp_path, script=answer, n_p=1, n_fr=1, prompts="codellama")
    repair = nodes[-1].prompt
    assert isinstance(repair, str)
    assert repair.startswith("<s>[INST] <<SYS>>") and repair.endswith("[/INST]")
    assert repair.count("[INST]") == 2 and "[PYTHON]\nwrong\n[/PYTHON]" in repair


@pytest.mark.anyio
async def test_a_folder_comes_before_sharpens_own_and_its_texts_are_part_of_the_configuration(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "explain_and_repair.txt").write_text("failed when I tested it: {{ error }} in {{ program }}")
    nodes, _ = await grow(tmp_path / "run", n_p=1, n_fr=1, prompts=str(folder))
    assert nodes[1].prompt[-1].content.startswith("failed when I tested it: visible test failed")
    cfg = Repair(benchmark="toy", model="a", prompts=str(folder))
    assert cfg.prompts.startswith(f"{folder}#sha256:")
    assert Repair(benchmark="toy", model="a", prompts=cfg.prompts) == cfg
    (folder / "explain_and_repair.txt").write_text("other")
    assert Repair(benchmark="toy", model="a", prompts=str(folder)).determining != cfg.determining
    with pytest.raises(ValidationError, match="have changed since the run began"):
        Repair(benchmark="toy", model="a", prompts=cfg.prompts)


@pytest.mark.parametrize("kind", [Repair, Reflexion, Structure])
def test_a_folder_without_prompts_or_with_unknown_ones_is_refused(kind: type, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"no folder with \.txt files"):
        kind(benchmark="b", model="m", prompts=str(tmp_path / "nowhere"))
    (tmp_path / "explian.txt").write_text("a slip")
    with pytest.raises(ValidationError, match=r"explian.txt is not a prompt: there are .*explain.txt"):
        kind(benchmark="b", model="m", prompts=str(tmp_path))


def test_a_blank_that_nothing_fills_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "explain.txt").write_text("{{ solution }}")
    with pytest.raises(DataError, match=r"explain.txt .* 'solution' is undefined"):
        render("explain", str(tmp_path), error="e")


@pytest.mark.anyio
async def test_reflexion_in_the_papers_form_has_the_reflection_as_the_assistants_turn(tmp_path: Path) -> None:
    def answer(prompt, index):
        text = prompt[-1].content
        if "Write tests for it" in text:
            return "assert f(1) == 1"
        return "my reflection" if "[self-reflection]" in text else ["0", "1"][index]

    nodes, _ = await solve(tmp_path, answer, trials=2, prompts="paper")
    (reflection,) = rows(nodes, "reflection")
    assert reflection.prompt[0].role == "system" and "Tests failed" in reflection.prompt[-1].content
    (improved,) = rows(nodes, "repair")
    assert improved.prompt[-2] == Message("assistant", "my reflection")
    assert "write f of p/0" in improved.prompt[-1].content


@pytest.mark.anyio
async def test_cocogen_in_the_papers_form_is_one_text_to_go_on_with(tmp_path: Path) -> None:
    (node,) = await ran(tmp_path, Scribe([RIGHT]), prompts="paper")
    assert isinstance(node.prompt, str) and node.prompt.count("# END") == 2


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It ends early.\n```python\nx\n```", "It ends early."),
        ("It ends early.\n### Fixed\nx", "It ends early."),
        ("It ends early.", "It ends early."),
        ("```x```", ""),
    ],
)
def test_an_explanation_is_cut_where_it_begins_to_give_a_program(text: str, kept: str) -> None:
    assert without_code(text) == kept


@given(st.text(alphabet="ab`#\n "))
def test_what_is_left_of_an_explanation_begins_it_and_has_no_mark(text: str) -> None:
    kept = without_code(text)
    assert text.strip().startswith(kept.strip()) or not kept
    assert "```" not in kept and "###" not in kept


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("options", "cut"),
    [({"feedback_model": "b"}, True), ({"n_f": 1}, False), ({"n_f": 1, "cut_feedback": "on"}, True),
     ({"feedback_model": "b", "cut_feedback": "off"}, False)],
)  # fmt: skip
async def test_explanations_of_another_model_are_cut_and_own_ones_by_choice(
    tmp_path: Path, options: dict, cut: bool
) -> None:
    def answer(prompt, index):
        return "why\n```python\nSOLUTION\n```" if "Explain in two" in prompt[-1].content else "wrong"

    nodes, _ = await grow(tmp_path, script=answer, n_p=1, **options)
    assert "why" in nodes[-1].prompt[-1].content
    assert ("SOLUTION" not in nodes[-1].prompt[-1].content) == cut
