import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from sharpen.errors import JournalError
from sharpen.reports.repair import page as html
from sharpen.reports.repair.page import write
from tests.written_runs import Feedback, Task, failing, passing, write_run

HOSTILE = "</script></template><img src=x onerror=alert(1)>"


class Tags(HTMLParser):
    """Collects start tags and text of the page and of its trees, but for style and the page's script."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.trees, self._raw = [], [], 0, ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._raw = tag if tag in ("style", "script") else ""
        if dict(attrs).get("type") == "text/html":
            self._raw = "tree"

    def handle_endtag(self, tag):
        self._raw = ""

    def handle_data(self, data):
        if self._raw == "tree":
            tree = parsed(data)
            self.trees += 1
            self.tags += tree.tags
            self.text += tree.text
        elif not self._raw:
            self.text.append(data)


def page(tmp_path, *runs):
    return write(runs, tmp_path / "report.html").read_text()


def parsed(text):
    tags = Tags()
    tags.feed(text)
    return tags


def test_nothing_is_asked_of_a_network(tmp_path):
    tags = parsed(page(tmp_path, write_run(tmp_path, [Task("a", [passing()])], method="sample", n=1))).tags
    for tag, attributes in tags:
        assert tag not in ("iframe", "object", "embed")
        assert not attributes.get("src")
        if tag == "link":
            assert attributes["href"].startswith("data:")
    policies = [a["content"] for t, a in tags if t == "meta" and a.get("http-equiv")]
    assert policies and "default-src 'none'" in policies[0]


@pytest.mark.parametrize(
    "place", ["code", "text", "message", "feedback", "statement", "id", "error", "model"]
)
def test_text_of_models_is_escaped_wherever_it_stands(tmp_path, place):
    answer = f"{HOSTILE}\n```python\nx = 1\n```" if place == "text" else HOSTILE
    of_attempt = {place: answer} if place in ("code", "text", "message") else {}
    feedback = Feedback([failing(**of_attempt)], text=HOSTILE if place == "feedback" else "Sort it.")
    task = Task(HOSTILE if place == "id" else "a", [failing(feedback, **of_attempt)])
    if place == "statement":
        task.statement = HOSTILE
    if place == "error":
        task.error = HOSTILE
    model = HOSTILE if place == "model" else "small"
    text = page(tmp_path, write_run(tmp_path, [task], model=model, n_p=1, n_f=1, n_r=1))
    tags = parsed(text)
    assert "img" not in [tag for tag, _ in tags.tags]
    assert len(re.findall("</script", text)) == 3  # one tree, the style of saved charts, and the page's own
    assert "onerror=alert(1)>" in "".join(tags.text).replace("\n", "")


def test_the_page_counts_what_the_journal_holds(tmp_path):
    tasks = [Task("a", [passing(), failing(passing())]), Task("b", [failing(failing()), failing(failing())])]
    result = parsed(page(tmp_path, write_run(tmp_path, tasks, n_p=2, n_fr=1)))
    classes = [attributes.get("class") or "" for _, attributes in result.tags]
    assert sum(c.startswith("card program") for c in classes) == 4
    assert sum(c.startswith("card repair") for c in classes) == 3
    assert sum(c.startswith("card") and c.endswith(" pass") for c in classes) == 2
    assert result.trees == 2


def test_a_large_tree_is_cut_and_the_page_says_what_was_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(html, "MOST_ROWS", 1)
    tasks = [Task("a", [failing(failing(), failing()) for _ in range(8)])]
    text = page(tmp_path, write_run(tmp_path, tasks, n_p=8, n_fr=2))
    assert text.count('class="card ') == html.FEWEST_ROWS
    assert "2 of 8 programs and 2 of 16 explanations and repairs are in this file" in text


def test_a_repair_is_shown_as_a_difference_from_the_program_it_mends(tmp_path):
    repair = passing(code="def f(xs):\n    return sorted(xs)\n")
    program = failing(Feedback([repair]), code="def f(xs):\n    return xs\n")
    text = page(tmp_path, write_run(tmp_path, [Task("a", [program])], n_p=1, n_f=1, n_r=1))
    assert re.search(r'<span class="del">.*return.*xs', text)
    assert re.search(r'<span class="add">.*return.*sorted', text)


def test_a_cell_beyond_the_baseline_is_marked(tmp_path):
    tasks = [Task("a", [failing(passing()), failing(failing())])]
    assert ">n/a<" in page(tmp_path, write_run(tmp_path, tasks, n_p=2, n_fr=1))


def test_several_runs_share_a_page(tmp_path):
    one = write_run(tmp_path, [Task("a", [passing()])], name="one", method="sample", n=1)
    two = write_run(
        tmp_path, [Task("a", [failing()]), Task("b", [failing()])], name="two", method="sample", n=1
    )
    text = page(tmp_path, one, two)
    assert parsed(text).trees == 2
    assert "Paired differences" in text


def test_a_page_of_samples_does_not_speak_of_repairs(tmp_path):
    tasks = [Task(f"HumanEval/{i}", [passing(), failing(shown="passed")]) for i in range(2)]
    run = write_run(tmp_path, tasks, method="sample", n=2)
    text = "".join(parsed(write([run], tmp_path / "page.html").read_text("utf-8")).text)
    for words in ("Repairs", "without repair", "no repair", "first programs", "all repairs"):
        assert words not in text


def test_human_feedback_has_its_own_section(tmp_path):
    texts = [Feedback([passing()], author="ada"), Feedback([failing()])]
    run = write_run(
        tmp_path, [Task("a", [failing(*texts)])], n_p=1, n_f=1, n_r=1, feedback_from="x", stop_at_success=True
    )
    assert "Human feedback against models'" in page(tmp_path, run)


@pytest.mark.parametrize("tasks", [[], [Task("a", [], error="gone")], [Task("a", [passing()], error=None)]])
def test_a_run_with_nothing_finished_still_has_a_page(tmp_path, tasks):
    assert "Problems" in page(tmp_path, write_run(tmp_path, tasks, n_p=1, n_fr=1))


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    run = write_run(tmp_path, [Task("a", [passing()])], method="sample", n=1)
    with pytest.raises(JournalError, match="cannot write"):
        write([run], tmp_path / "nowhere" / "report.html")


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a, b):
    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_enough_contrast(theme):
    css = files("sharpen.reports").joinpath("page", "page.css").read_text()
    start = css.index("color-scheme: " + theme)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css[start : css.index("}", start)]))
    on_paper = ["ink", "soft", "accent", "fail", "baseline"]
    pairs = [(name, "paper") for name in on_paper] + [("soft", "raised"), ("accent", "accent-wash")]
    pairs += [("fail", "fail-wash"), ("ink", "accent-wash"), ("ink", "fail-wash")]
    tokens = ["kw", "str", "com", "num", "fn"]
    pairs += [(name, ground) for name in tokens for ground in ("raised", "accent-wash", "fail-wash")]
    low = {pair: contrast(*(colours[name] for name in pair)) for pair in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
