"""The client's Environment: code restored here is the user's own again, so it runs unguarded."""

import ast
import builtins
import importlib
from collections.abc import Callable, Collection
from types import CodeType, ModuleType

from pyfora.errors import InvalidPyforaOperation
from pyfora.program.nodes import Remote, Source


class PlainEnvironment:
    """Names come from the allow list, proxies from the executor; a class that was sent from here is found again by its key."""

    def __init__(
        self,
        allowed: Callable[[str], bool],
        find_known: Callable[[str], object | None],
        remember: Callable[[str, object], None],
        find_remote: Callable[[Remote], object],
    ) -> None:
        self._allowed = allowed
        self._find_known = find_known
        self._remember = remember
        self._find_remote = find_remote
        self.compiled: dict[object, CodeType] = {}

    @property
    def builtins(self) -> dict[str, object]:
        return vars(builtins)

    @property
    def refreshes_known(self) -> bool:
        return False

    def get_named(self, path: str) -> object:
        if not self._allowed(path):
            raise InvalidPyforaOperation(f"{path[:200]!r} is not on the list of what may travel, so it is not looked up here")
        return find_path(path)

    def get_attribute(self, owner: object, name: str) -> object:
        return getattr(owner, name)

    def get_remote(self, node: Remote) -> object:
        return self._find_remote(node)

    def find_known(self, key: str) -> object | None:
        return self._find_known(key)

    def remember(self, key: str, value: object) -> None:
        self._remember(key, value)

    def make_refused(self, message: str) -> object:
        return RefusedValue(message)

    def prepare(self, tree: ast.Module, source: Source, names: Collection[str]) -> ast.Module:
        return tree


def find_path(path: str) -> object:
    """What an allowed path names: a module, its member, a member of a class. Raises InvalidPyforaOperation when this Python lacks it."""
    first, *rest = path.split(".")
    try:
        found: object = importlib.import_module(first)
        module = first
        for name in rest:
            module += "." + name
            submodule = isinstance(found, ModuleType) and not hasattr(found, name)
            found = importlib.import_module(module) if submodule else getattr(found, name)
    except (ImportError, AttributeError, ValueError):
        raise InvalidPyforaOperation(f"{path} is not there in this Python: install or upgrade what provides it") from None
    return found


class RefusedValue:
    """Stands for a value that could not travel. Touching it says why."""

    __slots__ = ("_message",)

    def __init__(self, message: str) -> None:
        object.__setattr__(self, "_message", message)

    def __getattribute__(self, name: str) -> object:
        if name == "__class__":  # asked by `isinstance`, and by whatever shows it
            return object.__getattribute__(self, name)
        raise InvalidPyforaOperation(object.__getattribute__(self, "_message"))

    def __repr__(self) -> str:
        return f"<refused: {object.__getattribute__(self, '_message')}>"


def _refuse(self: RefusedValue, *args: object, **kwargs: object) -> object:
    raise InvalidPyforaOperation(object.__getattribute__(self, "_message"))


_OPERATORS = """
    abs add and bool bytes call ceil complex contains delattr delitem divmod enter eq exit float floor floordiv format ge getitem gt hash
    iadd iand ifloordiv ilshift imatmul imod imul index int invert ior ipow irshift isub iter itruediv ixor le len lshift lt matmul
    mod mul ne neg next or pos pow radd rand rdivmod reversed rfloordiv rlshift rmatmul rmod rmul ror round rpow rrshift rshift rsub
    rtruediv rxor setattr setitem str sub truediv trunc xor
"""
for _name in _OPERATORS.split():
    setattr(RefusedValue, f"__{_name}__", _refuse)
