"""Documents are found by title and by words."""

import bz2
import gzip
import json
from pathlib import Path

import pytest

from sharpen.benchmarks.documents import Document, DocumentStore, read_dump
from sharpen.errors import DataError

PAGES = [
    Document("Ada Lovelace", ("Ada Lovelace was a mathematician.", "She wrote about the Analytical Engine.")),
    Document("Analytical Engine", ("It was a machine.", "Charles Babbage designed it.")),
    Document("Zürich", ("A city.",)),
]


def test_a_page_is_found_by_its_title_in_any_case() -> None:
    store = DocumentStore(PAGES)
    assert store.page(" ada lovelace ") == PAGES[0]
    assert store.page("Ada") is None
    assert len(store) == 3


def test_titles_count_more_than_text_and_words_are_stemmed() -> None:
    store = DocumentStore(PAGES)
    assert store.similar("analytical engines") == ["Analytical Engine", "Ada Lovelace"]
    assert store.similar("designs") == ["Analytical Engine"]
    assert store.similar("zurich") == ["Zürich"]
    assert store.similar("engine", most=1) == ["Analytical Engine"]


@pytest.mark.parametrize("words", ["", '"', "AND OR NOT", "q* ^b", "NEAR(x)", "nothing'; DROP TABLE page"])
def test_any_words_can_be_searched_for(words: str) -> None:
    assert DocumentStore(PAGES).similar(words) == []


def test_a_title_is_kept_once() -> None:
    store = DocumentStore([*PAGES, Document("ZÜRICH".title(), ("Another.",)), Document("zürich", ("x",))])
    assert store.page("Zürich") == PAGES[2]
    assert len(store) == 3


def test_an_index_in_a_file_is_made_once(tmp_path: Path) -> None:
    DocumentStore(PAGES, tmp_path / "index.db")

    def unwanted():
        raise AssertionError
        yield

    assert len(DocumentStore(unwanted(), tmp_path / "index.db")) == 3


def test_a_dump_is_read_from_every_file_of_a_folder(tmp_path: Path) -> None:
    rows = [{"title": "A", "text": ["one. ", " two."]}, {"title": "B", "text": [["three."], ["four."]]}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "wiki_00.bz2").write_bytes(bz2.compress(lines.encode()))
    (tmp_path / "wiki_01.gz").write_bytes(gzip.compress(json.dumps({"title": "C", "text": "five."}).encode()))
    assert list(read_dump(tmp_path)) == [
        Document("A", ("one.", "two.")),
        Document("B", ("three.", "four.")),
        Document("C", ("five.",)),
    ]


@pytest.mark.parametrize("line", ["{", '{"title": "A"}', '{"title": "A", "text": [3]}', "[]"])
def test_what_is_no_document_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "wiki").write_text(line)
    with pytest.raises(DataError, match="wiki, line 1"):
        list(read_dump(tmp_path / "wiki"))
