"""What names mean to remote code: the allow list, in guarded form."""

import builtins
import importlib
import types
from collections.abc import Callable, Mapping
from typing import NoReturn

from pyfora.errors import InvalidPyforaOperation
from pyfora.program.allowed import ALLOWED_BUILTINS, ALLOWED_DUNDER_ATTRIBUTES, find_path, is_allowed


class AllowedModule(types.ModuleType):
    """A module of which only the allow-listed names can be reached."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__dict__["__wrapped_module__"] = importlib.import_module(name)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        path = f"{self.__name__}.{name}"
        if not is_allowed(path):
            raise InvalidPyforaOperation(f"`{path}` may not be used on the cluster: it is not among the names that pure code can use")
        value = get_allowed(path)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise InvalidPyforaOperation(f"`{self.__name__}.{name} = …` changes a module, which code on the cluster may not do")


_modules: dict[str, AllowedModule] = {}


def get_module(name: str) -> AllowedModule:
    """The restricted form of an allow-listed module."""
    if not is_allowed(name):
        raise InvalidPyforaOperation(f"the module `{name}` may not be used on the cluster")
    if name not in _modules:
        _modules[name] = AllowedModule(name)
    return _modules[name]


def get_allowed(path: str) -> object:
    """The object an allow-list path names here. Raises InvalidPyforaOperation for one that is not on the list."""
    if not is_allowed(path):
        raise InvalidPyforaOperation(f"`{path}` may not be used on the cluster")
    owner, _, name = path.rpartition(".")
    if not owner:
        return get_module(path)
    value = getattr(importlib.import_module(owner), name)
    return get_module(path) if isinstance(value, types.ModuleType) else value


def find_allowed_path(value: object) -> str | None:
    """The path of an allow-listed object, its restricted form included."""
    return value.__name__ if type(value) is AllowedModule else find_path(value)


def check_attribute(name: str) -> None:
    """Raises InvalidPyforaOperation for a name that leads into the interpreter."""
    if name.startswith("__") and name.endswith("__") and name not in ALLOWED_DUNDER_ATTRIBUTES:
        raise InvalidPyforaOperation(f"the attribute `{name}` leads into the interpreter, which code on the cluster may not reach")


def guarded_getattr(owner: object, name: str, *default: object) -> object:
    if type(name) is str:
        check_attribute(name)
        if name in ("format", "format_map"):
            return safe_attribute(owner, name)
    return getattr(owner, name, *default)


def guarded_hasattr(owner: object, name: str) -> bool:
    if type(name) is str:
        check_attribute(name)
    return hasattr(owner, name)


def guarded_setattr(owner: object, name: str, value: object) -> None:
    if type(name) is str:
        check_attribute(name)
    setattr(owner, name, value)


def guarded_import(name: str, globals: object = None, locals: object = None, fromlist: object = (), level: int = 0) -> object:  # noqa: A002 - Python's own signature
    """`import math` inside remote code. Import statements were checked before they run; C code, which passes a list, imports freely."""
    if type(fromlist) is list:
        return importlib.import_module(name)
    if level:
        raise InvalidPyforaOperation("a relative import cannot run on the cluster; import the module at the top of the file")
    module = get_module(name)
    return module if fromlist else get_module(name.partition(".")[0])


def safe_attribute(owner: object, name: str) -> object:
    """`owner.format` or `owner.format_map`, refusing format strings that walk into the interpreter."""
    bound: Callable[..., object] = getattr(owner, name)
    if not isinstance(owner, str):
        return bound
    text: str = owner

    def check_and_format(*args: object, **kwargs: object) -> object:
        if "__" in text:
            raise InvalidPyforaOperation("a format string with `__` could reach into the interpreter; format the value itself")
        return bound(*args, **kwargs)

    return check_and_format


GUARDED_BUILTINS: dict[str, object] = {
    "getattr": guarded_getattr,
    "hasattr": guarded_hasattr,
    "setattr": guarded_setattr,
}


def make_builtins(extra: Mapping[str, object]) -> dict[str, object]:
    """`__builtins__` for guarded code: the allowed ones, our guarded forms, and what the runtime adds."""
    names: dict[str, object] = {name: getattr(builtins, name) for name in ALLOWED_BUILTINS if hasattr(builtins, name)}
    names |= GUARDED_BUILTINS
    names |= {"__build_class__": builtins.__build_class__, "__import__": guarded_import, "__name__": "builtins", "__debug__": True}
    return names | dict(extra)
