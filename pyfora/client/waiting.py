"""What goes on in the thread that waits for a block: its status callback is called, its bar moves."""

from pyfora.client.bar import PatientBar
from pyfora.client.callbacks import StatusCallback
from pyfora.report.progress import Progress


class Waiting:
    def __init__(self, callback: StatusCallback | None, bar: PatientBar | None) -> None:
        self._callback = callback
        self._bar = bar
        self._told: Progress | None = None

    def watch(self, progress: Progress | None) -> None:
        """Called every now and then, with the last news."""
        if self._callback is not None and progress is not None and progress is not self._told:
            self._told = progress
            self._callback(progress)
        if self._bar is not None:
            self._bar.update(progress)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
