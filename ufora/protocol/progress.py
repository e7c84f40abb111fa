"""How far a running computation is: the record is the client's too, and lives in `pyfora.report`."""

from pyfora.report.progress import Progress

__all__ = ["Progress"]
