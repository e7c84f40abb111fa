"""Every error of pyfora and ufora.

    PyforaError
    ├── the user's code
    │   ├── PythonToForaConversionError     a value or construct cannot travel to the cluster
    │   ├── InvalidPyforaOperation          remote code did what pure code may not do
    │   ├── BadWithBlockError               the with-block itself cannot be captured
    │   ├── ComputationError                the remote code raised; `.remoteException`, `.trace`
    │   ├── ComputationCancelled            it was cancelled before it had an answer
    │   ├── ForaToPythonConversionError     a result cannot be made here
    │   └── ResultExceededBytecountThreshold  a result is larger than `downloadSmall` allows
    ├── the user's set-up
    │   ├── ConnectionError                 no manager there, it cannot be talked to, or it went away
    │   ├── ConfigurationError              a setting is wrong: names file, line and key; exit 78
    │   └── WireError                       bytes that are not a Program this side can read
    └── InternalError                       our fault: please report it

Messages say where, what, and what to do.
"""

import builtins

__all__ = [
    "BadWithBlockError",
    "ComputationCancelled",
    "ComputationError",
    "ConfigurationError",
    "ConnectionError",
    "ForaToPythonConversionError",
    "InternalError",
    "InvalidPyforaOperation",
    "PyforaError",
    "PythonToForaConversionError",
    "ResultExceededBytecountThreshold",
    "WireError",
]


class PyforaError(Exception):
    """The root of all errors that pyfora raises itself."""


class PythonToForaConversionError(PyforaError):
    """A value or construct cannot travel to the cluster; raised before anything runs."""


class InvalidPyforaOperation(PyforaError):  # noqa: N818 - the documented name
    """Remote code did what pure code may not do."""


class BadWithBlockError(PyforaError):
    """The with-block cannot be captured (no source, or a form that cannot be sent)."""


class ComputationError(PyforaError):
    """The remote code raised an exception.

    remoteException: the exception, of its genuine type
    trace: the remote traceback through the user's lines, as text
    """

    def __init__(self, remoteException: BaseException, trace: str = "") -> None:  # noqa: N803 - documented names
        super().__init__(f"{type(remoteException).__name__}: {remoteException}")
        self.remoteException = remoteException
        self.trace = trace


class ComputationCancelled(PyforaError):  # noqa: N818 - states a fact
    """The computation was cancelled before it had an answer."""


class ForaToPythonConversionError(PyforaError):
    """A result cannot be turned into a Python object here."""


class ResultExceededBytecountThreshold(PyforaError):  # noqa: N818 - the documented name
    """A result is larger than the limit given to `downloadSmall`."""


class ConnectionError(PyforaError, builtins.ConnectionError):  # noqa: A001 - the documented name
    """The cluster cannot be reached or talked to."""


class ConfigurationError(PyforaError):
    """A setting is wrong."""


class WireError(PyforaError):
    """Bytes that are not a Program this side can read."""


class InternalError(PyforaError):
    """A promise between two parts of pyfora or ufora was broken."""
