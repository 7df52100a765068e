"""Every exception that sharpen raises on purpose, by its origin.

::

    SharpenError                      one sentence: what is wrong, where, what to do
    |-- UsageError                    an invalid argument or option
    |-- DataError                     an invalid benchmark or samples file
    |-- FetchError                    a download failed at every source
    |   |-- NotFetchedError           it is not here, and nothing may be fetched now
    |   |-- AccessError               the host requires a token, or another one
    |   `-- HashMismatchError         the file has another hash than expected; both are named
    |-- ModelError                    a model could not answer
    |   |-- ModelUnavailableError     unreachable, unknown or refused; a retry will not help
    |   |-- ContextOverflowError      the prompt does not fit into the model's context
    |   `-- NotRecordedError          a replay has no such recorded completion
    |-- SandboxError                  the sandbox failed, not the program in it
    |   |-- ToolchainError            this machine has no toolchain for a program's language
    |   `-- SuiteError                tests that can judge no program
    |-- JournalError                  the journal cannot be read or written
    |   |-- RunLockedError            another process is writing to this run
    |   `-- ConfigChangedError        the run directory has another configuration
    |-- ContaminationError            decontamination missed a planted benchmark problem
    |-- BudgetExhaustedError          the run's budget is spent; everything recorded stays
    `-- EstimateError                 the data do not allow this estimate
        `-- TruncatedTreesError       trees that stopped early would bias the estimate
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class SharpenError(Exception):
    """The root of all; its text is one sentence for a person."""


class UsageError(SharpenError):
    """A word or an option that cannot be meant."""


class DataError(SharpenError):
    """A benchmark or samples file that is not what it should be."""


class FetchError(SharpenError):
    """Something could not be had from any of its sources."""


class NotFetchedError(FetchError):
    """Something is not on this machine, and nothing may be fetched now."""


class AccessError(FetchError):
    """The host wants a token, or another one."""


class HashMismatchError(FetchError):
    """The file has another hash than expected."""


class ModelError(SharpenError):
    """A model could not answer."""


class ModelUnavailableError(ModelError):
    """The model is unreachable, unknown or refused; a retry will not help."""


class ContextOverflowError(ModelError):
    """The prompt does not fit into the model's context."""


class NotRecordedError(ModelError):
    """A replay has no such recorded completion."""


class SandboxError(SharpenError):
    """The sandbox failed, not the program in it."""


class ToolchainError(SandboxError):
    """This machine has no toolchain for a program's language."""


class SuiteError(SandboxError):
    """Tests that can judge no program: there are none, they check nothing, or are not plain data."""


class JournalError(SharpenError):
    """The journal cannot be read or written."""


class RunLockedError(JournalError):
    """Another process is writing to this run."""


class ConfigChangedError(JournalError):
    """The run directory has a run with another configuration."""


class BudgetExhaustedError(SharpenError):
    """The run's budget is spent; everything recorded stays."""


class ContaminationError(SharpenError):
    """Decontamination missed a planted benchmark problem, so nothing is known to be clean."""


class EstimateError(SharpenError):
    """The data do not allow this estimate."""


class TruncatedTreesError(EstimateError):
    """Trees that stopped early would bias the estimate."""


_FAULTS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "int_parsing": "it must be a whole number",
    "float_parsing": "it must be a number",
    "bool_parsing": "it must be true or false",
}
"""What pydantic says in words that only its users know, by the type of its error."""


def first_fault(error: "ValidationError") -> str:
    """Return the first thing that is wrong with options or a record, after the name of its field."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    message = _FAULTS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    if first["type"].endswith("_parsing"):
        message += f", not {first['input']!r}"
    return f"{where}: {message}" if where else message
