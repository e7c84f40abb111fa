"""What a session's computations assigned: kept in the driver until no proxy names it."""

from collections.abc import Mapping

from pyfora.errors import PyforaError
from pyfora.program.nodes import Remote
from ufora.runtime.forms import FORMS, Form

Key = tuple[str, str]  #: computation, name


class ValueGone(PyforaError):  # noqa: N818 - states a fact
    """A value of an earlier computation is not here (the driver is new): the manager computes it again."""


class Values:
    def __init__(self) -> None:
        self._values: dict[Key, object] = {}
        self._forms: dict[Key, Form] = {}  #: of long lists among them

    def keep(self, computation: str, names: Mapping[str, object]) -> None:
        self._values |= {(computation, name): value for name, value in names.items()}

    def get(self, computation: str, name: str) -> object:
        try:
            return self._values[computation, name]
        except KeyError:
            raise ValueGone(f"{computation}/{name}") from None

    def get_remote(self, node: Remote) -> object:
        return self.get(node.computation, node.name)

    def take_over(self, values: Mapping[Key, object]) -> None:
        self._values |= values

    def list_all(self) -> dict[Key, object]:
        """By (computation, name)."""
        return dict(self._values)

    def drop(self, computation: str, name: str) -> None:
        self._values.pop((computation, name), None)
        self._forms.pop((computation, name), None)

    def forget(self, computation: str) -> None:
        for key in list(self._values):
            if key[0] == computation:
                self.drop(*key)

    def lend_forms(self) -> None:
        """To the evaluation that begins."""
        for key, form in list(self._forms.items()):
            value = self._values.get(key)
            if type(value) is list:
                FORMS.lend(value, form)

    def take_forms(self) -> None:
        """From the evaluation that is over. Meanwhile values may be dropped, by another thread."""
        if not FORMS:  # as after most small blocks, of which there may be many
            self._forms = {}
            return
        lists = [(key, value) for key, value in list(self._values.items()) if type(value) is list]
        self._forms = {key: form for key, value in lists if (form := FORMS.find_form(value)) is not None}
        FORMS.clear()
        for key in self._forms.keys() - self._values.keys():
            self._forms.pop(key, None)
