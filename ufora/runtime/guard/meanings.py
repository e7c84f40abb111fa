"""What a function's free names mean now."""

from collections.abc import Callable
from types import FunctionType

Resolve = Callable[[str], object]
UNKNOWN = object()
MODULES = ("AllowedModule", "module")
"""Names of the types of modules: attributes of theirs are code, too."""


def resolver_of(function: FunctionType) -> Resolve:
    """What a function's free names mean now."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))

    def resolve(name: str) -> object:
        if name in cells:
            try:
                return cells[name].cell_contents
            except ValueError:
                return UNKNOWN
        if name in function.__globals__:
            return function.__globals__[name]
        builtins = function.__globals__["__builtins__"]
        return builtins.get(name, UNKNOWN) if isinstance(builtins, dict) else UNKNOWN

    return resolve
