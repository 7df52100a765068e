"""Runs in a fork of a zygote of another language: compiles one program, or becomes it.

- ``compile``: writes the sources to the scratch directory, has the compiler work on them, and sends back its
  exit status, what it said and the files that it made. Compilers start processes, so their filter of system
  calls allows that; they see their own files, read-only, and the scratch directory.
- ``run``: writes the compiled files there, or the sources where the language has no compiler, and executes
  the program in its own place. The program keeps the socket open: its end is seen there.
"""

import os
from _signal import SIG_DFL, SIGPIPE, SIGXFSZ, signal  # type: ignore[import-not-found]
from marshal import dumps

from sharpen.sandbox.child.child import CHANNEL, next_question

COMPILED = ord("b")
"""The letter of the one answer: a marshalled :data:`Built`."""

Files = dict[str, bytes]
"""Contents by name; there are no folders."""

Built = tuple[int, str, Files]
"""The compiler's exit status as a shell has it, what it said, the files that it made."""

CANNOT_EXECUTE = 127
MAX_COMPILER_BYTES = 1 << 16
_MESSAGES = "messages"
_MODE = 0o700


def serve() -> None:
    """Do the one thing that is asked."""
    operation, files, command, environment, nonce = next_question(CHANNEL)
    for number in (SIGPIPE, SIGXFSZ):  # an interpreter ignores them, and a new program would too
        signal(number, SIG_DFL)
    for name, content in files.items():
        _write(name, content)
    if operation == "compile":
        _answer(nonce, dumps(compiled(command, environment, files)))
    else:
        _become(command, environment)


def compiled(command: list[str], environment: dict[str, str], sources: Files) -> Built:
    """Run the compiler in the scratch directory."""
    messages = os.open(_MESSAGES, os.O_CREAT | os.O_RDWR, _MODE)
    process = os.fork()
    if process == 0:
        try:
            os.dup2(messages, 1)
            os.dup2(messages, 2)
            os.close(CHANNEL)
            _become(command, environment)
        finally:
            os._exit(CANNOT_EXECUTE)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    text = os.pread(messages, MAX_COMPILER_BYTES, 0).decode("utf-8", "replace")
    return status, text, made(sources)


def made(sources: Files) -> Files:
    """Return the files in the scratch directory that were not given."""
    files = {}
    for entry in os.scandir("."):
        if entry.is_file(follow_symlinks=False) and entry.name not in sources and entry.name != _MESSAGES:
            with open(entry.path, "rb") as file:  # noqa: PTH123 - pathlib is not loaded here
                files[entry.name] = file.read()
    return files


def _become(command: list[str], environment: dict[str, str]) -> None:
    try:
        os.execve(command[0], command, environment)  # noqa: S606 - what the sandbox is for
    except OSError as error:
        os.write(2, f"{command[0]} cannot be executed: {error.strerror}\n".encode())
        os._exit(CANNOT_EXECUTE)


def _write(name: str, content: bytes) -> None:
    descriptor = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.close(descriptor)


def _answer(nonce: bytes, body: bytes) -> None:
    head = (len(nonce) + 1 + len(body)).to_bytes(4, "big") + nonce + bytes((COMPILED,))
    for data in (head, body):
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(CHANNEL, rest) :]
