"""What the functions and methods of classes are made of, as far as it can be seen."""

import ast
import dataclasses
from types import FunctionType

from ufora.runtime.guard.known import FRESH_NODES


def is_new(value: ast.expr | None) -> bool:
    is_refusal = isinstance(value, ast.Name) and value.id == "NotImplemented"
    is_made = isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
    return value is None or is_refusal or is_made or isinstance(value, FRESH_NODES)


def plain_function(method: object) -> object:
    """The function behind a static method, class method or property."""
    for attribute in ("__func__", "fget", "func"):
        method = getattr(method, attribute, method) if not isinstance(method, FunctionType) else method
    return method


def list_default_factories(cls: type) -> list[object]:
    fields = getattr(cls, "__dataclass_fields__", {}).values()
    return [field.default_factory for field in fields if field.default_factory is not dataclasses.MISSING]
