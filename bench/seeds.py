"""Seeds against the tools that the paper and its peers use: types, near duplicates, the whole chain.

``types``: the same functions with what they carry, for sharpen in its batch of 1,000 and for pyright in the
paper's of 250, both with an interpreter that has no packages, and pyright without its bundled stubs for some,
so that both know the same modules. sharpen has rejected some functions while it carried, for what a type
checker would say too; ty gets the others. A function passes where it has no error. Disagreements are listed.

``twins``: near duplicates at 0.7 and 0.5 of word 5-grams, against MinHash and LSH of datasketch and rensa
with 250 permutations, as the original has them. Each runs in a process of its own. Texts kept although they
are near another kept one are counted by sharpen, whose answer tests hold against comparing all with all.

``chain``: ``sharpen align seeds`` on a folder, for growing numbers of functions that are looked at: how many
a second, and the most memory of this process and of the largest other one, which is the type checker. What
the folder has can be imported. Where it has too few documented functions, its files are gone through again
with other words (``variants.py``).

CPU seconds of a process and its children, so that a busy machine matters less; one side runs after the other.
--peers is an interpreter that has pyright[nodejs], datasketch, rensa and numpy. Of a folder the first
functions are taken; FOLDER may also be a file of seeds for ``twins``.

    python bench/seeds.py types FOLDER --peers PYTHON [--count 1000] [--seed 0]
    python bench/seeds.py twins FOLDER --peers PYTHON [--count 20000]
    python bench/seeds.py chain FOLDER --against WORD [--counts 10000 50000 200000]
"""

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from unittest.mock import patch

from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.overlap.near_duplicates import near_duplicates
from sharpen.selfcodealign.overlap.shingles import shingles
from sharpen.selfcodealign.rows import Seed
from sharpen.selfcodealign.seeds import filters, sources, typecheck
from sharpen.selfcodealign.seeds.gather import distinct, own_text
from sharpen.selfcodealign.seeds.mining import MiningReport, mined
from variants import write_variants

PAPERS_BATCH = 250
"""Functions in one run of pyright."""

PEER = r"""
import json, re, sys, time
threshold, kind, path = float(sys.argv[1]), sys.argv[2], sys.argv[3]
words = re.compile(r"[0-9A-Za-z_\x80-\U0010ffff]+")
def grams(text):
    tokens = words.findall(text)
    return {" ".join(tokens[at : at + 5]) for at in range(max(1, len(tokens) - 4))} if tokens else set()
start, kept = time.process_time(), []
if kind == "datasketch":
    from datasketch import MinHash, MinHashLSH
    index = MinHashLSH(threshold=threshold, num_perm=250)
    for number, line in enumerate(open(path)):
        hashed = MinHash(num_perm=250)
        hashed.update_batch([gram.encode() for gram in grams(json.loads(line))])
        if not index.query(hashed):
            index.insert(number, hashed)
            kept.append(number)
else:
    from rensa import RMinHash, RMinHashLSH
    bands = 25 if threshold == 0.7 else 50
    index = RMinHashLSH(threshold, 250, bands)
    for number, line in enumerate(open(path)):
        hashed = RMinHash(250, 42)
        hashed.update(list(grams(json.loads(line))))
        if not index.query(hashed):
            index.insert(number, hashed)
            kept.append(number)
seconds = time.process_time() - start
peak = re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())
print(json.dumps([kept, seconds, int(peak[1]) // 1024]))
"""
OWN = r"""
import json, re, sys, time
from sharpen.selfcodealign.overlap.near_duplicates import near_duplicates
start = time.process_time()
twins = near_duplicates((json.loads(line) for line in open(sys.argv[3])), float(sys.argv[1]))
seconds = time.process_time() - start
kept = [number for number, twin in enumerate(twins.tolist()) if twin < 0]
peak = re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())
print(json.dumps([kept, seconds, int(peak[1]) // 1024]))
"""


def children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def functions(folder: Path, count: int, *also: str) -> list[tuple[Seed, str]]:
    """Return the first functions of a folder, with what they carry, that pass or fail one of ``also``."""
    if folder.is_file():
        return [(seed, "") for seed in islice(stage_files.read(folder, Seed), count)]
    rows = (
        each for each in distinct(mined(sources.folder(folder), MiningReport(), 1)) if each[1] in ("", *also)
    )
    return list(islice(rows, count))


# Types


def types(folder: Path, peers: Path, count: int, seed: int) -> None:
    pool = functions(folder, 10 * count, filters.DEPENDENT, filters.UNDEFINED)
    drawn = random.Random(seed).sample(pool, min(count, len(pool)))
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch) / "empty"
        subprocess.run([peers, "-m", "venv", "--without-pip", empty], check=True)
        python = empty / "bin" / "python"
        ours, own_seconds = by_ty(drawn, python)
        theirs, their_seconds = by_pyright([seed for seed, _ in drawn], python, peers, Path(scratch))
    agree = sum(bool(a) == bool(b) for a, b in zip(ours, theirs, strict=True))
    checked = sum(not reason for _, reason in drawn)
    print(f"types: {len(drawn)} of {len(pool)} functions of {folder.name}, seed {seed}; ty gets {checked}")
    for name, passed, seconds in (
        ("sharpen", ours.count(""), own_seconds),
        ("pyright", theirs.count([]), their_seconds),
    ):
        each = 1000 * seconds / len(drawn)
        print(f"  {name} passes {passed}, CPU {seconds:.2f} s, {each:.2f} ms a function")
    print(f"  ratio {their_seconds / own_seconds:.1f}, agreement {agree / len(drawn):.4f}")
    for own, other, (function, _) in zip(ours, theirs, drawn, strict=True):
        if bool(own) != bool(other):
            who = "sharpen" if own else "pyright"
            print(f"  only {who} rejects {function.path} {function.name}: {own or other[0]}")


def by_ty(drawn: list[tuple[Seed, str]], python: Path) -> tuple[list[str], float]:
    start = children()
    with patch.object(sys, "executable", str(python)):
        checked = iter(typecheck.type_check([seed.code for seed, reason in drawn if not reason], places=()))
    return [reason or next(checked) for _, reason in drawn], children() - start


def by_pyright(drawn: list[Seed], python: Path, peers: Path, scratch: Path) -> tuple[list[list[str]], float]:
    for number, seed in enumerate(drawn):
        (scratch / f"seed_{number}.py").write_text(seed.code)
    command: list[str | Path] = [peers.parent / "pyright", "--outputjson", "--pythonpath", python]
    command += ["--typeshedpath", without_stubs(peers, scratch)]
    start = children()
    errors: list[list[str]] = [[] for _ in drawn]
    for first in range(0, len(drawn), PAPERS_BATCH):
        numbers = range(first, min(first + PAPERS_BATCH, len(drawn)))
        files = [scratch / f"seed_{number}.py" for number in numbers]
        done = subprocess.run([*command, *files], cwd=scratch, capture_output=True, text=True, check=False)
        for diagnostic in json.loads(done.stdout)["generalDiagnostics"]:
            if diagnostic["severity"] == "error":
                number = int(Path(diagnostic["file"]).stem.removeprefix("seed_"))
                errors[number].append(
                    f"{diagnostic.get('rule', '')}: {diagnostic['message'].splitlines()[0]}"
                )
    return errors, children() - start


def without_stubs(peers: Path, scratch: Path) -> Path:
    """Return pyright's own types of the standard library, without those of packages that it bundles."""
    find = "import pyright, pathlib; print(pathlib.Path(pyright.__file__).parent)"
    subprocess.run([peers.parent / "pyright", "--version"], capture_output=True, check=True)  # unpacks itself
    bundled = subprocess.run([peers, "-c", find], capture_output=True, text=True, check=True).stdout.strip()
    alone = scratch / "typeshed"
    (alone / "stubs").mkdir(parents=True)
    (alone / "stdlib").symlink_to(next(Path(bundled).rglob("typeshed-fallback")) / "stdlib")
    return alone


# Near duplicates


def twins(folder: Path, peers: Path, count: int) -> None:
    own = [own_text(seed) for seed, _ in functions(folder, count)]
    texts = own + list(near_copies(own))
    grams = sum(len(each) for each in shingles(texts, 5))
    print(f"twins: {len(texts)} texts, {len(own)} functions of {folder.name} and copies, {grams} 5-grams")
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(text) + "\n" for text in texts)
        file.flush()
        for threshold in (0.7, 0.5):
            own_seconds = 0.0
            for name, python, code in (
                ("sharpen", Path(sys.executable), OWN),
                ("datasketch", peers, PEER),
                ("rensa", peers, PEER),
            ):
                remaining, seconds, peak = remaining_by(python, code, threshold, name, file.name)
                own_seconds = own_seconds or seconds
                near = (near_duplicates([texts[at] for at in remaining], threshold) >= 0).sum()
                print(
                    f"  {threshold} {name:10} keeps {len(remaining):6}, {near:4} of them near duplicates;"
                    f" CPU {seconds:6.2f} s, {len(texts) / seconds:6.0f} texts/s,"
                    f" {seconds / own_seconds:5.1f} times sharpen's; {peak} MB"
                )


def near_copies(texts: list[str]) -> Iterator[str]:
    """Yield a tenth of the texts with some words changed: corpora hold forks of themselves."""
    draw = random.Random(0)
    for number, text in enumerate(texts[::10]):
        share = draw.random() * 0.15
        words = re.split(r"(\W+)", text)
        yield "".join(f"w{number}" if word.isalnum() and draw.random() < share else word for word in words)


def remaining_by(
    python: Path, code: str, threshold: float, name: str, path: str
) -> tuple[list[int], float, int]:
    done = subprocess.run(
        [python, "-c", code, str(threshold), name, path], capture_output=True, text=True, check=True
    )
    remaining, seconds, peak = json.loads(done.stdout)
    return remaining, seconds, peak


# The chain


CHAIN = """
import resource, sys
from pathlib import Path
from sharpen.selfcodealign.seeds.gather import gather
if __name__ == "__main__":
    source, against, count, directory, imported = sys.argv[1:]
    sys.path.append(imported)
    funnel, _ = gather(source, Path(directory), [against], limit=int(count))
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = sum(each.ru_utime + each.ru_stime for each in (own, others))
    print(
        f"  {funnel.rows_in:7} functions, {funnel.rows_out:6} seeds, CPU {seconds:7.1f} s,"
        f" {funnel.rows_in / seconds:5.0f} functions/s, {own.ru_maxrss // 1024} MB,"
        f" its largest child {others.ru_maxrss // 1024} MB"
    )
"""


def chain(folder: Path, against: str, counts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch) / "corpus"
        rounds = write_variants(folder, corpus, max(counts) * 11 // 10)  # some get too large a file
        print(f"chain: {folder.name} in {rounds} rounds against {against}")
        script = Path(scratch) / "chain.py"  # its processes import it, so it has to be a file
        script.write_text(CHAIN)
        for count in counts:
            words: list[str | Path] = [corpus, against, str(count), Path(scratch) / "seeds", folder.resolve()]
            subprocess.run([sys.executable, script, *words], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Seeds against the tools of the paper and its peers.")
    parser.add_argument("what", choices=["types", "twins", "chain"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--against", default="humaneval")
    parser.add_argument("--count", type=int)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 50_000, 200_000])
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    match args.what:
        case "types":
            types(args.folder, args.peers, args.count or 1000, args.seed)
        case "twins":
            twins(args.folder, args.peers, args.count or 20_000)
        case "chain":
            chain(args.folder, args.against, args.counts)


if __name__ == "__main__":
    main()
