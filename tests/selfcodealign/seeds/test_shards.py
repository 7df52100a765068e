import json
from itertools import islice

import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install 'sharpen[align]'")
library = pytest.importorskip("huggingface_hub", reason="it is not installed: pip install 'sharpen[hub]'")

from sharpen.errors import AccessError, DataError, FetchError, HashMismatchError, UsageError  # noqa: E402
from sharpen.files import download as fetching  # noqa: E402 - only where pyarrow is
from sharpen.selfcodealign import stage_files as stage  # noqa: E402
from sharpen.selfcodealign.rows import Seed  # noqa: E402
from sharpen.selfcodealign.seeds import filters, typecheck  # noqa: E402
from sharpen.selfcodealign.seeds.gather import gather  # noqa: E402
from sharpen.selfcodealign.seeds.shards import packages_of, shards  # noqa: E402
from sharpen.selfcodealign.seeds.sources import opened  # noqa: E402
from tests.data_set_hub import COMMIT, KIND, TOKEN, parquet, row, serving  # noqa: E402
from tests.selfcodealign.seeds.test_gather import PROBLEM  # noqa: E402

SET = "bigcode/the-stack-dedup"
ONE, TWO = "data/python/data-00000-of-00002.parquet", "data/python/data-00001-of-00002.parquet"
GOOD = 'def {0}(x):\n    """Return {0} of x."""\n    return [x, "{0}"]\n'
ROWS = [
    row("src/pack/a.py", GOOD.format("alpha")),
    row("b.py", "# -*- coding: latin-1 -*-\r\n" + GOOD.format("größe"), "you/It", ("MIT", "Apache-2.0")),
    row("c.pyi", GOOD.format("stub")),
    row("src/pack/d.py", "from pack import y\n\n\n" + GOOD.format("dependent").replace("[x,", "[y,")),
    row("e.py", "print 'two'\n\n\n" + GOOD.format("old")),
    row("f.py", "# " + "x" * 400_000),
    row("g.py", "# SPDX-License-Identifier: 0BSD\n" + GOOD.format("gamma")),
]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with serving() as result:
        result.sets[SET] = {
            ONE: parquet(ROWS),
            TWO: parquet([row("z.py", GOOD.format("zeta"))]),
            "data/java/data-00000-of-00001.parquet": parquet([row("A.java", "class A {}")]),
            "README.md": b"# Card",
        }
        result.gated.add(SET)
        monkeypatch.setenv("HF_ENDPOINT", result.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("SHARPEN_HOME", str(tmp_path / "home"))
        monkeypatch.setattr(fetching.time, "sleep", lambda _: None)
        yield result


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """A user without a token."""
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(library.constants, "HF_TOKEN_PATH", str(tmp_path / "none"))


@pytest.fixture
def benchmark(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(PROBLEM) + "\n")
    return str(path)


def texts(word):
    with opened(word) as parts:
        return [text for part in parts for text in part.texts()]


def test_the_stack_becomes_seeds_that_know_where_they_are_from(hub, benchmark, tmp_path):
    out = tmp_path / "out"
    funnel, report = gather("the-stack", out, [benchmark], workers=1)
    selected = list(stage.read(out / "seeds.jsonl", Seed))
    assert [
        (seed.name, seed.origin, seed.version, seed.path, seed.licence, seed.line) for seed in selected
    ] == [
        ("alpha", "me/project", "c" * 40, "src/pack/a.py", "MIT", 1),
        ("größe", "you/It", "c" * 40, "b.py", "MIT AND Apache-2.0", 2),
        ("gamma", "me/project", "c" * 40, "g.py", "0BSD", 2),
        ("zeta", "me/project", "c" * 40, "z.py", "MIT", 1),
    ]
    assert funnel.reasons[filters.DEPENDENT] == 1
    assert (report.files, report.skipped.total()) == (7, 2)
    assert report.example.startswith(f"hf://datasets/{SET}@{COMMIT[:12]}/{ONE}, row 4 is no Python")
    assert not list((tmp_path / "home" / "hub").glob("*.parquet"))
    assert not any("java" in path for path in hub.requests if "resolve" in path)


def test_processes_change_no_byte(hub, benchmark, tmp_path):
    for name, workers in (("one", 1), ("two", 2)):
        gather("the-stack", tmp_path / name, [benchmark], workers=workers)
    assert (tmp_path / "one" / "seeds.jsonl").read_bytes() == (tmp_path / "two" / "seeds.jsonl").read_bytes()


def test_a_gathering_that_ended_goes_on_with_the_files_that_are_left(hub, benchmark, tmp_path):
    gather("the-stack", tmp_path / "whole", [benchmark], workers=1)
    two = hub.sets[SET][TWO]
    hub.sets[SET][TWO] = parquet([{"size": 1}], None)
    with pytest.raises(DataError, match=TWO):
        gather("the-stack", tmp_path / "out", [benchmark], workers=1)
    hub.sets[SET][TWO] = two
    hub.requests.clear()
    _, report = gather("the-stack", tmp_path / "out", [benchmark], workers=1)
    assert [path.rpartition("/")[2] for path in hub.requests if "resolve" in path] == [TWO.rpartition("/")[2]]
    assert (report.files, report.skipped.total()) == (7, 2)
    for path in (tmp_path / "whole").iterdir():
        assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes()
    assert not (tmp_path / "out" / "seeds.shards").exists()


def test_what_was_kept_and_is_damaged_is_named(hub, benchmark, tmp_path):
    hub.sets[SET][TWO] = parquet([{"size": 1}], None)
    with pytest.raises(DataError):
        gather("the-stack", tmp_path / "out", [benchmark], workers=1)
    (selected,) = (tmp_path / "out" / "seeds.shards").glob("*.gz")
    selected.write_bytes(selected.read_bytes()[:-20])
    with pytest.raises(DataError, match=rf"{selected.name} is damaged"):
        gather("the-stack", tmp_path / "out", [benchmark], workers=1)


def test_other_packages_take_nothing_up(hub, benchmark, tmp_path, monkeypatch):
    hub.sets[SET][TWO] = parquet([{"size": 1}], None)
    for packages in ("few", "more"):
        monkeypatch.setattr(typecheck, "environment", lambda name=packages: name)
        with pytest.raises(DataError):
            gather("the-stack", tmp_path / "out", [benchmark], workers=1)
    assert len(list((tmp_path / "out" / "seeds.shards").glob("*.gz"))) == 2


def test_one_parquet_file_is_here_at_a_time_and_none_before_it_is_wanted(hub, tmp_path):
    result = (text for part in shards("the-stack") for text in part.texts())
    first = list(islice(result, 2))
    assert [file.path for file, _ in first] == ["src/pack/a.py", "b.py"]
    assert sum("resolve" in path for path in hub.requests) == 1
    assert len(list((tmp_path / "home" / "hub").glob("*.parquet"))) == 1


def test_a_download_that_broke_goes_on(hub):
    hub.most = 1_500
    assert len(texts(f"hf://datasets/{SET}/{TWO}")) == 1
    assert sum(path.startswith("/storage") for path in hub.requests) > 2


def test_other_names_of_columns_and_a_file_by_its_address(hub):
    hub.sets["my/code"] = {
        "x.parquet": parquet(
            [{"code": "x = 1", "repo_name": "a/b-c", "path": "b_c/x.py", "license": "mit", "size": 5}], None
        )
    }
    ((file, code),) = texts("hf://datasets/my/code@refs%2Fconvert%2Fparquet/x.parquet")
    assert code == "x = 1"
    assert (file.origin, file.version, file.licence, file.packages) == ("a/b-c", "", "mit", ("b_c",))


def test_what_a_file_of_a_repository_may_call_its_own():
    assert packages_of("me/py-thing", "src/pack/logging/x.py") == ("pack", "py_thing", "src")
    assert packages_of("numpy/numpy", "x.py") == ("numpy",)
    assert packages_of("me/1", "a-b/c.d/x.py") == ()


def test_no_token_says_where_to_get_one(hub, nobody):
    with pytest.raises(AccessError, match=rf"accept its terms at {hub.url}/datasets/{SET}, and set HF_TOKEN"):
        texts("the-stack")


def test_a_token_without_access_says_so(hub):
    hub.granted = False
    with pytest.raises(AccessError, match=rf"the account of this token: accept the terms at {hub.url}"):
        texts("the-stack")


def test_a_token_of_nobody_says_so(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    with pytest.raises(AccessError, match="does not know the token"):
        texts("the-stack")


def test_the_token_of_a_login_is_taken(hub, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(library.constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert texts(f"hf://datasets/{SET}/{TWO}")


def test_no_such_data_set(hub):
    with pytest.raises(FetchError, match="no data set my/typo"):
        texts("hf://datasets/my/typo")


def test_no_such_data_set_and_no_token(hub, nobody):
    with pytest.raises(AccessError, match="no open data set my/typo: check its name"):
        texts("hf://datasets/my/typo")


def test_no_such_revision(hub):
    with pytest.raises(FetchError, match=f"data set {SET} has no revision v9"):
        texts(f"hf://datasets/{SET}@v9")


@pytest.mark.parametrize("folder", ["data/pyton", "data/pyth", "../data"])
def test_no_such_folder(hub, folder):
    with pytest.raises(DataError, match=r"has no \.parquet files"):
        texts(f"hf://datasets/{SET}/{folder}")


@pytest.mark.parametrize(
    "lie",
    [
        {"rfilename": "../../mine.parquet"},
        {"rfilename": "/home/mine.parquet"},
        {"rfilename": "data\\..\\mine.parquet"},
        {"rfilename": "data/\x1b[31m.parquet"},
        {"lfs": {"sha256": "../../mine", "size": 1, "pointerSize": 1}},
        {"lfs": {"sha256": "/home/mine", "size": 1, "pointerSize": 1}},
        {"lfs": None, "blobId": "../../mine"},
        {"lfs": None, "blobId": 7},
        {"lfs": {"sha256": "0" * 64, "size": 10**30, "pointerSize": 1}},
        {"lfs": {"sha256": "0" * 64, "size": -1, "pointerSize": 1}},
    ],
)
def test_a_file_of_the_user_is_never_read_or_deleted(hub, tmp_path, lie):
    """The listing of a hostile mirror names a file outside of the cache, or a count that cannot be."""
    mine = tmp_path / "mine.parquet"
    mine.write_bytes(parquet([row("secret.py", "x = 1")]))
    (tmp_path / "home" / "hub").mkdir(parents=True)
    hub.lies[ONE] = json.loads(json.dumps(lie).replace("/home/mine", str(tmp_path / "mine")))
    with pytest.raises(FetchError, match=f"does not describe the data set {SET}") as failure:
        texts("the-stack")
    assert "\x1b" not in str(failure.value)
    assert mine.exists()


def test_a_file_that_is_larger_than_its_hub_says_is_given_up(hub):
    hub.lies[ONE] = {"lfs": {"sha256": "0" * 64, "size": 100, "pointerSize": 1}}
    with pytest.raises(FetchError, match="gives more than 200 bytes"):
        texts("the-stack")


def test_a_file_in_the_librarys_cache_is_read_there_and_stays(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(library.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "datasets--bigcode--the-stack-dedup" / "snapshots" / COMMIT
    for path in (ONE, TWO):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(hub.sets[SET][path])
    assert texts(f"hf://datasets/{SET}/{TWO}")
    assert not any("resolve" in path for path in hub.requests)
    assert (folder / TWO).exists()


def test_offline_nothing_is_asked(hub, monkeypatch):
    monkeypatch.setattr(library.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FetchError, match="HF_HUB_OFFLINE is set"):
        texts("the-stack")
    assert not hub.requests


def test_no_parquet_files(hub):
    hub.sets["my/lines"] = {"data.jsonl": b"{}"}
    with pytest.raises(DataError, match=r"no \.parquet files: its branch @refs%2Fconvert%2Fparquet"):
        texts("hf://datasets/my/lines")


@pytest.mark.parametrize("word", ["hf://datasets/alone", "hf://models/a/b", "hf://datasets/a/b@/c"])
def test_what_is_no_address_of_a_data_set(hub, word):
    with pytest.raises(UsageError, match="hf://datasets/OWNER/NAME"):
        texts(word)


def test_a_missing_column_is_named(hub):
    hub.sets[SET][ONE] = parquet(
        [{"max_stars_repo_name": "a/b", "max_stars_repo_path": "c.py", "licenses": ["MIT"], "content": 1}],
        None,
    )
    with pytest.raises(
        DataError, match=r"column of the code, which is one of content, code, text: it has max"
    ):
        texts("the-stack")


def test_a_broken_parquet_file_is_named(hub):
    hub.sets[SET][ONE] = hub.sets[SET][ONE][:-2_000]
    with pytest.raises(DataError, match=rf"@{COMMIT[:12]}/{ONE} cannot be read as Parquet"):
        texts("the-stack")


def test_a_file_that_is_not_the_hubs_is_thrown_away(hub):
    (first, *_) = shards("the-stack")
    hub.sets["my/other"] = {"x.parquet": parquet([row("x.py", "x = 1")], KIND)}
    wrong = type(first)(SET, COMMIT, ONE, shards_url(hub), first.oid, first.size)
    with pytest.raises(HashMismatchError):
        list(wrong.texts())


def shards_url(hub):
    return f"{hub.url}/datasets/my/other/resolve/{COMMIT}/x.parquet"


def test_no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with pytest.raises(FetchError, match=r"the hub http://127\.0\.0\.1:9 cannot be reached"):
        texts("the-stack")


def test_the_verb_says_it_in_one_line(sharpen, hub, nobody, benchmark, tmp_path):
    code, _, err = sharpen("align", "seeds", "the-stack", "--out", tmp_path / "out", "--against", benchmark)
    assert code != 0
    assert "set HF_TOKEN" in " ".join(err.split()) and "Traceback" not in err
    assert not (tmp_path / "out" / "seeds.jsonl").exists()


def test_rows_stream(hub):
    hub.sets["my/many"] = {"x.parquet": parquet([row(f"{n}.py", "x = 1") for n in range(600)], KIND, 100)}
    (part,) = shards("hf://datasets/my/many")
    assert len({file.where for file, _ in part.texts()}) == 600
