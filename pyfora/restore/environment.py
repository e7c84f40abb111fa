"""What a Program's names mean on the side that restores it."""

import ast
from collections.abc import Collection, MutableMapping
from types import CodeType
from typing import Protocol

from pyfora.program.nodes import Remote, Source


class Environment(Protocol):
    """The client's and the worker's differ: the worker restores code in guarded form, the client gives back its own classes."""

    @property
    def builtins(self) -> dict[str, object]:
        """`__builtins__` of restored code."""

    @property
    def refreshes_known(self) -> bool:
        """Does a class that is known by its key take over what is sent with it now (worker), or is it the original (client)?"""

    @property
    def compiled(self) -> MutableMapping[object, CodeType]:
        """Code that was compiled on this side before, by all that it was made from."""

    def get_named(self, path: str) -> object:
        """An allow-listed thing. Raises InvalidPyforaOperation for one that is not on the list."""

    def get_attribute(self, owner: object, name: str) -> object:
        """`owner.name` of a restored object. Raises AttributeError."""

    def get_remote(self, node: Remote) -> object:
        """A value of an earlier computation (worker), or a proxy for it (client). Raises KeyError when it is gone."""

    def find_known(self, key: str) -> object | None:
        """The function or class this side has under that key."""

    def remember(self, key: str, value: object) -> None:
        """A function or class was restored under that (non-empty) key."""

    def make_refused(self, message: str) -> object:
        """A stand-in that raises InvalidPyforaOperation(message) whenever it is touched."""

    def prepare(self, tree: ast.Module, source: Source, names: Collection[str]) -> ast.Module:
        """Rewrite code before it is compiled; places in it carry `.ordinal` of `source`. `names`: bound outside of it, not to builtins."""
