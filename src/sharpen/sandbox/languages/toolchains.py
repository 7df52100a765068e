"""The toolchains of this machine: where they are, what they read, and how they are called.

A toolchain is looked for when a program in its language first comes. Its version is part of the keys of the
verdicts on these programs. Compilers and programs see the files named here, read-only, with the system's
shared libraries, and nothing else of the machine.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sharpen.errors import ToolchainError
from sharpen.sandbox.languages.base import Language
from sharpen.sandbox.languages.cpp import CPP
from sharpen.sandbox.languages.go import GO
from sharpen.sandbox.languages.java import JAVA
from sharpen.sandbox.languages.javascript import JAVASCRIPT, TYPESCRIPT
from sharpen.sandbox.languages.rust import RUST
from sharpen.types import Language as Name

LANGUAGES: Mapping[str, Language] = {
    each.name: each for each in (RUST, CPP, JAVA, JAVASCRIPT, TYPESCRIPT, GO)
}
"""All but Python, by name."""

NEEDS = {
    "rust": "rustc 1.56 or newer (from rustup or the distribution) and a C compiler to link with",
    "cpp": "g++ 8 or newer",
    "java": "a JDK of version 17 or newer (javac and java)",
    "javascript": "Node.js 16 or newer (node)",
    "typescript": "TypeScript's compiler 4.8 or newer and Node.js 16 or newer (tsc and node)",
    "go": "Go 1.18 or newer (go)",
}
"""What a language needs, in words for a person."""

OLDEST: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "rust": ((1, 56),), "cpp": ((8,),), "java": ((17,),), "javascript": ((16,),),
    "typescript": ((4, 8), (16,)), "go": ((1, 18),),
}  # fmt: skip
"""The same as numbers, of each program that a version names."""
_NUMBER = re.compile(r"\d+(?:\.\d+)+|(?<=javac )\d+")

_JAVA_HOME = re.compile(r"^\s*java\.home = (.+)$", re.MULTILINE)

_ANSWER_SECONDS = 120
_LIBRARY_SECONDS = 900
"""What compiling Go's standard library may take on a slow machine."""
_GCC_PARTS = ("cc1plus", "collect2", "ld", "as")
_JVM = (
    "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-XX:CompressedClassSpaceSize=32m",
    "-XX:ReservedCodeCacheSize=32m", "-Xshare:auto", "-Xss16m",
)  # fmt: skip
"""A virtual machine that is up soon: an archive of loaded classes, one compiler, one collecting thread."""

_NODE = {
    "UV_THREADPOOL_SIZE": "1",
    "OPENSSL_CONF": "/dev/null",
    "NODE_OPTIONS": "--max-old-space-size=1024",
}
_NATIVE_TSC = "node_modules/@typescript/typescript-*/lib/tsc"
"""TypeScript's compiler is a native program since version 7, in a package of its own.

It finds its declarations by asking the system for its own path.
"""
_TSC = (
    "--target", "es2022", "--module", "commonjs", "--moduleDetection", "force", "--esModuleInterop",
    "--strict", "false", "--noEmitOnError", "--skipLibCheck", "--inlineSourceMap", "--inlineSources",
    "--pretty", "false",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Toolchain:
    """How one language is compiled and run here.

    Attributes:
        language: its name.
        version: of the compiler or interpreter; part of a verdict's key.
        compile: the command, without the files that it compiles; empty where nothing is compiled.
        script, tested: the commands that run a program, alone or with its tests. ``{main}`` is the class of a
            Java program that has a main method, ``{secret}`` the secret word.
        compiler_sees, program_sees: the paths that may be read; ``A -> B`` is a link.
        environment: of both.
    """

    language: str
    version: str
    compile: tuple[str, ...]
    script: tuple[str, ...]
    tested: tuple[str, ...]
    compiler_sees: tuple[str, ...]
    program_sees: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def find(language: Name) -> Toolchain:
    """Return the toolchain of a language.

    Raises:
        ToolchainError: this machine has none.
    """
    toolchain = find_here(language)
    if isinstance(toolchain, str):
        raise ToolchainError(
            f"no toolchain for {language} is on this machine: {toolchain}; install {NEEDS[language]}"
        )
    return toolchain


@cache
def find_here(language: Name) -> Toolchain | str:
    """Return the toolchain, or why there is none."""
    look = {
        "rust": _rust, "cpp": _cpp, "java": _java, "javascript": _javascript, "typescript": _typescript,
        "go": _go,
    }[language]  # fmt: skip
    try:
        return _new_enough(look())
    except FileNotFoundError as error:
        return str(error)
    except (OSError, subprocess.SubprocessError) as error:
        return f"its compiler does not answer ({error})"


def _new_enough(toolchain: Toolchain) -> Toolchain | str:
    """Return a toolchain, or that it is too old: every program would be wrong for what its compiler lacks."""
    found = [tuple(map(int, number.split("."))) for number in _NUMBER.findall(toolchain.version)]
    too_old = any(
        version < oldest for version, oldest in zip(found, OLDEST[toolchain.language], strict=False)
    )
    return f"{toolchain.version} is too old" if too_old else toolchain


def _rust() -> Toolchain:
    rustc = _program("rustc")
    root = _output_of(rustc, "--print", "sysroot").strip()  # the compiler itself: rustup's rustc chooses one
    compiler, linker = f"{root}/bin/rustc", _real(_program("cc"))
    library = _output_of(compiler, "--print", "target-libdir").strip()
    options = ("--edition=2021", "-Cprefer-dynamic", f"-Clinker={linker}", "-Awarnings")
    return Toolchain(
        language="rust",
        version=_output_of(compiler, "--version").strip(),
        compile=(compiler, *options, "--color=never", "-Cincremental=", "-omain", "main.rs"),
        script=("./main",),
        tested=("./main",),
        compiler_sees=(compiler, f"{root}/lib", *_gcc(linker)),
        program_sees=tuple(map(str, Path(library).glob("libstd-*.so"))),
        environment={"LD_LIBRARY_PATH": f"{root}/lib:{library}", "RUST_BACKTRACE": "0"},
    )


def _cpp() -> Toolchain:
    compiler = _real(_program("g++"))
    options = ("-std=c++17", "-w", "-fmax-errors=5", "-fdiagnostics-color=never", "-pipe")
    return Toolchain(
        language="cpp",
        version=_output_of(compiler, "--version").partition("\n")[0],
        compile=(compiler, *options, "-omain"),
        script=("./main",),
        tested=("./main",),
        compiler_sees=(*_gcc(compiler), *_include_folders(compiler)),
        program_sees=(),
    )


def _java() -> Toolchain:
    javac = _program("javac")
    home = _java_home(javac)
    links = (_real(str(link)) for link in Path(home).rglob("*") if link.is_symlink())
    sees = (home, *sorted({link for link in links if not link.startswith(f"{home}/")}))
    run = (f"{home}/bin/java", *_JVM, "-Xmx512m", "-ea", "-cp", ".")
    javac_options = tuple(f"-J{option}" for option in (*_JVM, "-Xmx512m"))
    return Toolchain(
        language="java",
        version=_output_of(javac, "-version").strip(),
        compile=(f"{home}/bin/javac", *javac_options, "-proc:none", "-nowarn", "-Xlint:none", "-d", "."),
        script=(*run, "{main}"),
        tested=(*run, "SharpenMain", "{secret}"),
        compiler_sees=sees,
        program_sees=sees,
        environment={"LD_LIBRARY_PATH": f"{home}/lib:{home}/lib/server"},
    )


def _java_home(javac: str) -> str:
    """Return the folder of the JDK, which programs see: of a script that calls javac not the folder above it.

    Raises:
        FileNotFoundError: it is not found.
    """
    above = Path(_real(javac)).parent.parent
    if (above / "release").is_file():
        return str(above)
    asked = subprocess.run(
        [javac, "-J-XshowSettings:properties", "-version"],
        capture_output=True, text=True, check=True, timeout=_ANSWER_SECONDS,
    )  # fmt: skip
    named = _JAVA_HOME.search(asked.stderr)
    if named is None:
        raise FileNotFoundError(f"{javac} is in no JDK and names none: put a JDK's folder bin into PATH")
    return _real(named[1])


def _javascript() -> Toolchain:
    node = _real(_program("node"))
    return Toolchain(
        language="javascript",
        version=f"node {_output_of(node, '--version').strip()}",
        compile=(),
        script=(node, "main.js"),
        tested=(node, "boot.js"),
        compiler_sees=(),
        program_sees=(node,),
        environment=_NODE,
    )


def _typescript() -> Toolchain:
    node, wrapper = _real(_program("node")), _real(_program("tsc"))
    package = Path(wrapper).parent.parent
    natives = [*package.glob(_NATIVE_TSC), *package.parent.glob(_NATIVE_TSC.removeprefix("node_modules/"))]
    compiler = (_real(str(natives[0])),) if natives else (node, f"{package}/lib/tsc.js")
    itself = (str(Path(compiler[0]).parent), f"/proc/self/exe -> {compiler[0]}") if natives else ()
    versions = _output_of(*compiler, "--version").split()[-1], _output_of(node, "--version").strip()
    return Toolchain(
        language="typescript",
        version=f"tsc {versions[0]}, node {versions[1]}",
        compile=(*compiler, *_TSC),
        script=(node, "--enable-source-maps", "main.js"),
        tested=(node, "--enable-source-maps", "boot.js"),
        compiler_sees=(node, str(package), *itself),
        program_sees=(node,),
        environment=_NODE,
    )


def _go() -> Toolchain:
    go = _real(_program("go"))
    version = _output_of(go, "version").strip()
    root, tools, target = _output_of(go, "env", "GOROOT", "GOTOOLDIR", "GOHOSTARCH").split("\n")[:3]
    library = f"{root}/pkg/linux_{target}"
    folder, listed = (library, "") if Path(library, "fmt.a").exists() else _go_library(go, version)
    compiles = f"{shlex.quote(f'{tools}/compile')} -p main -complete {listed} -o main.a"
    links = f"{shlex.quote(f'{tools}/link')} {listed} -w -o main main.a"
    return Toolchain(
        language="go",
        version=version,
        compile=(_real("/bin/sh"), "-c", f'{compiles} "$@" && {links}', "go"),
        script=("./main",),
        tested=("./main",),
        compiler_sees=(
            _real("/bin/sh"),
            f"{tools}/compile",
            f"{tools}/link",
            folder,
        ),
        program_sees=(),
        environment={"GOMAXPROCS": "2"},
    )


def _go_library(go: str, version: str) -> tuple[str, str]:
    """Return the folder of Go's compiled standard library, and the option that says where its packages are.

    Since Go 1.20 the library comes as source. It is compiled once, into a cache of its own: the user's holds
    the user's packages as well.
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "sharpen" / re.sub(r"\W+", "-", version)
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [go, "list", "-export", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", "std"],
        cwd=folder, env={**os.environ, "GOCACHE": str(folder), "GOFLAGS": "", "CGO_ENABLED": "0"},
        capture_output=True, text=True, check=True, timeout=_LIBRARY_SECONDS,
    )  # fmt: skip
    listed = folder / f"packages-{hashlib.sha256(done.stdout.encode()).hexdigest()[:16]}"
    if not listed.exists():
        part = folder / f"{listed.name}.{os.getpid()}"
        part.write_text(done.stdout)
        part.replace(listed)
    return str(folder), f"-importcfg {shlex.quote(str(listed))}"


def _program(name: str) -> str:
    """Return the path of a program.

    Raises:
        FileNotFoundError: there is none.
    """
    rustup = os.environ.get("CARGO_HOME") or Path("~/.cargo").expanduser()
    path = shutil.which(name) or shutil.which(name, path=f"{rustup}/bin")
    if path is None:
        raise FileNotFoundError(f"there is no {name} in PATH")
    return path


def _output_of(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_ANSWER_SECONDS)
    return done.stdout or done.stderr


def _real(path: str) -> str:
    return os.path.realpath(path)  # Path.resolve raises where links go in a circle


def _gcc(driver: str) -> tuple[str, ...]:
    """Return what a driver of GCC reads and executes to compile, assemble and link."""
    parts = [_output_of(driver, f"-print-prog-name={name}").strip() for name in _GCC_PARTS]
    programs = [path for part in parts if (path := shutil.which(part))]
    folders = {str(Path(path).parent) for path in programs if "/gcc/" in path}
    library = str(Path(_output_of(driver, "-print-libgcc-file-name").strip()).parent)
    return (driver, *programs, *folders, library)


def _include_folders(driver: str) -> tuple[str, ...]:
    done = subprocess.run(
        [driver, "-v", "-E", "-x", "c++", os.devnull],
        capture_output=True, text=True, check=True, timeout=_ANSWER_SECONDS,
    )  # fmt: skip
    listed = re.search(
        r"#include <\.\.\.> search starts here:\n(.*?)\nEnd of search list", done.stderr, re.DOTALL
    )
    return tuple(os.path.normpath(line.strip()) for line in (listed[1].split("\n") if listed else ()))
