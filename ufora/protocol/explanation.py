"""What happened in a computation: the records are the client's too, and live in `pyfora.report`."""

from pyfora.report.explanation import Deoptimisation, Explanation, Line

__all__ = ["Deoptimisation", "Explanation", "Line"]
