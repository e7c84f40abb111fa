"""What a session's computations assigned: kept in the driver until no proxy names it."""

from collections.abc import Mapping

from pyfora.errors import PyforaError
from pyfora.program.nodes import Remote


class ValueGone(PyforaError):  # noqa: N818 - states a fact
    """A value of an earlier computation is not here (the driver is new): the manager computes it again."""


class Values:
    def __init__(self) -> None:
        self._values: dict[tuple[str, str], object] = {}

    def keep(self, computation: str, names: Mapping[str, object]) -> None:
        self._values |= {(computation, name): value for name, value in names.items()}

    def get(self, computation: str, name: str) -> object:
        try:
            return self._values[computation, name]
        except KeyError:
            raise ValueGone(f"{computation}/{name}") from None

    def get_remote(self, node: Remote) -> object:
        return self.get(node.computation, node.name)

    def take_over(self, values: Mapping[tuple[str, str], object]) -> None:
        self._values |= values

    def list_all(self) -> dict[tuple[str, str], object]:
        """By (computation, name)."""
        return dict(self._values)

    def drop(self, computation: str, name: str) -> None:
        self._values.pop((computation, name), None)

    def forget(self, computation: str) -> None:
        for key in list(self._values):
            if key[0] == computation:
                self._values.pop(key, None)
