import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from sharpen.errors import DataError, UsageError
from sharpen.evaluate.score_graphs import render, score_graphs

PROCESS = {
    "id": 7,
    "steps": ["Init", "Rain falls.", "The ground is wet."],
    "questions": [
        {"question": "the location/state of rain; water", "answers": ["cloud", "ground", "ground"]}
    ],
}
BEGINNING = (
    "def main():\n\t# Init\n\t# Rain falls.\n\t# The ground is wet.\n"
    "\t# state_0 tracks the location/state of rain; water\n"
)
ROWS = [
    '\tdef init():\n\t\tstate_0 = "cloud"\n',
    '\tdef rain_falls():\n\t\tstate_0 = "ground"\n',
    '\tdef ground_is_wet():\n\t\tstate_0 = "ground"\n',
]


@pytest.fixture
def process(tmp_path: Path) -> str:
    file = tmp_path / "test.jsonl"
    file.write_text(json.dumps(PROCESS) + "\n" + json.dumps(PROCESS | {"id": 8}) + "\n")
    return f"propara@{file}"


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_cocogens_own_words_are_understood(process, tmp_path):
    rows = [{"id": number, "generated_code": BEGINNING + "".join(ROWS)} for number in (7, 8)]
    scored = score_graphs(process, write(tmp_path / "out.jsonl", *rows))
    assert scored.score.figures == {"P": 100, "R": 100, "F1": 100}
    assert scored.answered == 2


def test_participants_are_matched_without_case(process, tmp_path):
    text = BEGINNING.replace("rain; water", "Rain; water") + "".join(ROWS)
    scored = score_graphs(process, write(tmp_path / "out.jsonl", {"id": 7, "text": text}))
    assert scored.score.parsed["F1"] == 100


def test_an_item_without_a_line_counts(process, tmp_path):
    scored = score_graphs(
        process, write(tmp_path / "out.jsonl", {"id": 7, "text": BEGINNING + "".join(ROWS)})
    )
    assert scored.score.figures["F1"] == 50
    assert scored.score.parsed["F1"] == 100
    assert scored.score.read == 0.5


def test_what_answers_no_item_is_named_and_does_not_stop_the_rest(process, tmp_path):
    good = {"id": 7, "text": BEGINNING + "".join(ROWS)}
    path = write(tmp_path / "out.jsonl", {"id": 9, "text": ""}, [], {"id": 8}, good, good)
    scored = score_graphs(process, path)
    assert scored.answered == 1
    assert [f"line {n}:" in s for n, s in zip((1, 2, 3, 5), scored.malformed, strict=True)] == [True] * 4


def test_a_file_that_answers_nothing_is_an_error(process, tmp_path):
    with pytest.raises(DataError, match="answers no item of propara"):
        score_graphs(process, write(tmp_path / "out.jsonl", {"id": 1, "text": ""}))


def test_an_unknown_format_is_named(process, tmp_path):
    with pytest.raises(UsageError, match="Did you mean `function`"):
        score_graphs(process, write(tmp_path / "out.jsonl", {}), "functions")


def test_judges_are_for_explanations(process, tmp_path):
    path = write(tmp_path / "out.jsonl", {"id": 7, "text": BEGINNING + ROWS[0]})
    with pytest.raises(UsageError, match="--judge is for explanations"):
        score_graphs(process, path, judges=["seca=nowhere"])


@pytest.mark.parametrize("word", ["bleu", "seca", "ea=", "g-bertscore=here"])
def test_an_unknown_judge_is_named(tmp_path, word):
    row = "Be lief.\tAr gument.\tsupport\t(a; is a; b)(b; causes; c)(c; used for; d)\n"
    (tmp_path / "dev.tsv").write_text(row)
    path = write(tmp_path / "out.jsonl", {"belief": "Be lief.", "argument": "Ar gument.", "text": ""})
    with pytest.raises(UsageError, match="choose g-bertscore, seca=FOLDER or ea=FOLDER"):
        score_graphs(f"explagraphs@{tmp_path / 'dev.tsv'}", path, judges=[word])


def test_codexs_recorded_explanations(shared_data):
    """Of all 396: 45.20 and 0.6876 by CoCoGen's protocol, 39.65 and 0.7243 with the reference stance; sentences 7.48, 10.07."""
    recorded = shared_data / "explagraphs_codex" / "dev_output.jsonl.gz"
    scored = score_graphs(f"explagraphs@{recorded}", recorded)
    assert scored.answered == len(scored.score.items) == 198
    assert {name: round(value, 2) for name, value in scored.score.figures.items()} == {
        "StCA": 40.91,
        "GED": 0.72,
        "GED proven": 100,
        "G-BLEU": 6.83,
        "G-ROUGE": 9.04,
        "StCA, reference stance": 35.86,
        "GED, reference stance": 0.75,
        "GED proven, reference stance": 100,
        "G-BLEU, reference stance": 5.86,
        "G-ROUGE, reference stance": 7.93,
    }


def test_both_protocols_are_rows_of_one_table(shared_data):
    recorded = shared_data / "explagraphs_codex" / "dev_output.jsonl.gz"
    console = Console(width=100, record=True, file=io.StringIO())
    render(score_graphs(f"explagraphs@{recorded}", recorded), console)
    text = console.export_text()
    assert re.search(r"198 items +40\.91 +0\.72 +100\.00 +6\.83 +9\.04 ", text)
    assert re.search(r"with the reference stance +35\.86 +0\.75 +100\.00 +5\.86 +7\.93", text)


def test_figures_are_printed_and_plain(process, tmp_path):
    scored = score_graphs(process, write(tmp_path / "out.jsonl", {"id": 7, "text": BEGINNING + ROWS[0]}))
    console = Console(width=100, record=True, file=io.StringIO())
    render(scored, console)
    assert "1 item answered" in console.export_text()
    assert json.loads(json.dumps(scored.to_json()))["answered"] == 1


def test_predictions_of_proparas_leaderboard_are_read(tmp_path: Path) -> None:
    """One of the two moves is predicted: P 1, R and F1 below; one process is unknown."""
    (tmp_path / "sentences.tsv").write_text("3\t1\tRain falls.\n3\t2\tIt sinks.\n", "utf-8")
    right = "3\t1\twater\tMOVE\tcloud\tground\n3\t2\twater\tMOVE\tground\tsoil\n"
    (tmp_path / "answers.tsv").write_text(right, "utf-8")
    path = tmp_path / "predictions.tsv"
    path.write_text(right, "utf-8")
    word = f"propara/dev@{tmp_path}"
    assert score_graphs(word, path).score.figures == {"P": 100, "R": 100, "F1": 100}
    path.write_text(right.replace("MOVE\tground\tsoil", "NONE\t\t") + "9\t1\tx\tNONE\t\t\n", "utf-8")
    scored = score_graphs(word, path)
    assert 0 < scored.score.figures["F1"] < 100
    assert [sentence.endswith("has no process 9") for sentence in scored.malformed] == [True]


def test_the_recorded_figures_of_proparas_dummy_predictions(shared_data: Path) -> None:
    folder = shared_data / "propara" / "dev"
    result = score_graphs(f"propara/dev@{folder}", folder / "dummy-predictions.tsv").score.figures
    recorded = {"P": 100, "R": 29.6, "F1": 45.7}
    assert {name: result[name] for name in recorded} == pytest.approx(recorded, abs=0.06)


def test_a_line_of_predictions_with_other_fields_is_refused(process: str, tmp_path: Path) -> None:
    path = tmp_path / "predictions.tsv"
    path.write_text("7\t1\twater\n", "utf-8")
    with pytest.raises(DataError, match="line 1 has 3 fields, not 6"):
        score_graphs(process, path)
