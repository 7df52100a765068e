"""Every exception that sharpen raises on purpose, by the boundary that was crossed.

::

    SharpenError                      one sentence: what was wrong, where, what to do
    |-- UsageError                    a word or an option that cannot be meant
    |-- DataError                     a benchmark or samples file that is not what it should be
    |-- FetchError                    something could not be had from anywhere
    |   |-- AccessError               its host wants a token, or another one
    |   `-- HashMismatchError         what came is not what was asked for; both hashes are named
    |-- ModelError                    a model could not answer
    |   |-- ModelUnavailableError     unreachable, unknown or refused: asking again will not help
    |   |-- ContextOverflowError      the prompt does not fit: this prompt, not the model, is at fault
    |   `-- NotRecordedError          a replay was asked for a completion it does not hold
    |-- SandboxError                  the sandbox itself failed, not the program in it
    |   `-- SuiteError                it works, but these tests can judge no program
    |-- JournalError                  the record cannot be read or written
    |   |-- RunLockedError            another process writes to this run
    |   `-- ConfigChangedError        the run directory holds a run of another configuration
    |-- ContaminationError          a planted benchmark problem was missed: nothing is known to be clean
    |-- BudgetExhaustedError          the run's own cap was reached; what was recorded stays
    `-- EstimateError                 a figure was asked that the data cannot give
        `-- TruncatedTreesError       trees cut short by success would bias every estimator
"""


class SharpenError(Exception):
    """The root of all; its text is one sentence for a person."""


class UsageError(SharpenError):
    """A word or an option that cannot be meant."""


class DataError(SharpenError):
    """A benchmark or samples file that is not what it should be."""


class FetchError(SharpenError):
    """Something could not be had from any of its sources."""


class AccessError(FetchError):
    """The host wants a token, or another one."""


class HashMismatchError(FetchError):
    """What came is not what was asked for."""


class ModelError(SharpenError):
    """A model could not answer."""


class ModelUnavailableError(ModelError):
    """The model is unreachable, unknown or refused: asking again will not help."""


class ContextOverflowError(ModelError):
    """The prompt does not fit into the model's context."""


class NotRecordedError(ModelError):
    """A replay was asked for a completion that it does not hold."""


class SandboxError(SharpenError):
    """The sandbox itself failed, not the program in it."""


class SuiteError(SandboxError):
    """Tests that can judge no program: there are none, they check nothing, or are not plain data."""


class JournalError(SharpenError):
    """The record cannot be read or written."""


class RunLockedError(JournalError):
    """Another process writes to this run."""


class ConfigChangedError(JournalError):
    """The run directory holds a run of another configuration."""


class BudgetExhaustedError(SharpenError):
    """The run's own cap was reached; everything recorded stays."""


class ContaminationError(SharpenError):
    """A planted benchmark problem was missed: nothing is known to be clean."""


class EstimateError(SharpenError):
    """A figure was asked for that the data cannot give."""


class TruncatedTreesError(EstimateError):
    """Trees that were cut short by success would bias every estimator."""
