"""Code objects from places: prepared by the environment, compiled, and named as the user named them."""

import ast
import platform
from collections.abc import Callable, Iterable
from types import CodeType
from typing import TypeVar

from pyfora.errors import PythonToForaConversionError, WireError
from pyfora.program.nodes import Source
from pyfora.program.places import Place, find_place
from pyfora.restore.environment import Environment
from pyfora.restore.trees import copy_tree

Found = TypeVar("Found", bound=ast.AST)
MOST_COMPILED = 1000
"""Code objects that one side keeps. Guessed: more than a program has functions, some 10 MB."""


def take_place(source: Source, ordinal: int, wanted: type[Found] | tuple[type[Found], ...]) -> Found:
    """A copy of a place. Raises WireError when there is no such place, PythonToForaConversionError when this Python cannot read it."""
    try:
        place: Place = find_place(source, ordinal)
    except IndexError:
        raise WireError(f"a program names place {ordinal} of {source.path}, which has no such place") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _cannot_read(source, error) from error
    if not isinstance(place, wanted):
        raise WireError(f"place {ordinal} of {source.path} is a {type(place).__name__}, which is not what the program takes it for")
    return copy_tree(place)


def compile_module(
    tree: ast.Module,
    source: Source,
    environment: Environment,
    names: Iterable[tuple[str, object]],
    finish: Callable[[ast.Module], None] | None = None,
) -> CodeType:
    """`names`: bound outside of the tree. `finish` changes the tree after the environment prepared it: with what we add ourselves and
    nobody need guard."""
    try:
        prepared = environment.prepare(tree, source, frozenset(name for name, _ in names))
        if finish is not None:
            finish(prepared)
        code: CodeType = compile(prepared, source.path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise _cannot_read(source, error) from error
    return code


def compile_once(environment: Environment, made_from: object, compile_now: Callable[[], CodeType]) -> CodeType:
    """The same code object for all that is made from the same: preparing code takes longer than most of it runs. What is known of code
    that ran before is known of it again."""
    code = environment.compiled.get(made_from)
    if code is None:
        if len(environment.compiled) >= MOST_COMPILED:
            environment.compiled.clear()
        code = environment.compiled[made_from] = compile_now()
    return code


def _cannot_read(source: Source, error: Exception) -> PythonToForaConversionError:
    line = getattr(error, "lineno", None) or source.first_line
    reason = getattr(error, "msg", None) or str(error) or type(error).__name__
    return PythonToForaConversionError(
        f"{source.path}, line {line}: Python {platform.python_version()} on this side cannot compile it ({reason}). "
        "Write it so that client and cluster both understand it, or run the same Python on both."
    )


def rename(code: CodeType, old: str, new: str) -> CodeType:
    """Let the qualified names of all code in `code` begin with `new` where they begin with `old`."""
    if old == new:
        return code
    consts: list[object] = []
    for const in code.co_consts:
        if isinstance(const, CodeType):
            inner = rename(const, old, new)
            if inner.co_qualname.startswith(old):
                inner = inner.replace(co_qualname=new + inner.co_qualname[len(old) :])
            consts.append(inner)
        elif old and isinstance(const, str) and const.startswith(old):
            consts.append(new + const[len(old) :])  # `__qualname__` of a class
        else:
            consts.append(const)
    return code.replace(co_consts=tuple(consts))
