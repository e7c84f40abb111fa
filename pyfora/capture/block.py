"""What a with-block may not contain because it is a block: ways out of it, and changes to what stands around it."""

import ast
from collections.abc import Callable, Iterator

from pyfora.capture.sources import BlockPlace
from pyfora.errors import BadWithBlockError
from pyfora.program.check import shorten

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_WAYS = frozenset({"downloadAll", "remoteAll", "downloadSmall"})
_CHANGERS: dict[type, frozenset[str]] = {
    list: frozenset({"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"}),
    dict: frozenset({"clear", "pop", "popitem", "setdefault", "update"}),
    set: frozenset({"add", "clear", "difference_update", "discard", "intersection_update", "pop", "remove", "update"}),
    bytearray: frozenset({"append", "clear", "extend", "insert", "pop", "remove", "reverse"}),
}


def check_block(place: BlockPlace, binds: tuple[str, ...], find_value: Callable[[str], object]) -> None:
    """Raises BadWithBlockError. `binds` are the names bound in the block; `find_value` tells what a name means before the block."""
    path = place.source.path
    if not place.is_last_item:
        raise _bad(
            path, place.statement, "other context managers stand behind the remote one", "Give it a with statement of its own inside theirs"
        )
    target = place.statement.items[-1].optional_vars
    if target is not None:
        raise _bad(
            path,
            target,
            f"`as {ast.unparse(target)}` gets nothing from a remote block",
            "Leave it out: names assigned in the body come back by themselves",
        )
    inside = [node for statement in place.statement.body for node in _walk_scope(statement)]
    bound = {*binds, *(node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))}
    for node in inside:
        _check_way_out(node, path)
        _check_change(node, path, bound, find_value)
    for statement in place.statement.body:
        for node in _loop_exits(statement):
            raise _bad(path, node, f"`{shorten(node)}` leaves the with-block", "Put the whole loop into the block, or decide behind it")


def _check_way_out(node: ast.AST, path: str) -> None:
    match node:
        case ast.Return():
            raise _bad(path, node, f"`{shorten(node)}` leaves the with-block", "Assign the value to a name and return it behind the block")
        case ast.Yield() | ast.YieldFrom() | ast.Await():
            raise _bad(
                path, node, f"`{shorten(node)}` leaves the with-block", "Assign the value to a name and hand it out behind the block"
            )
        case ast.With(items=items) if any(_is_remote(item.context_expr) for item in items):
            raise _bad(path, node, "a remote with-block stands inside another", "Put its body into the outer one")


def _check_change(node: ast.AST, path: str, bound: set[str], find_value: Callable[[str], object]) -> None:
    """A value from outside is copied to the cluster: changing it there would change nothing here."""
    match node:
        case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
            name = _root(node)
            if name and name not in bound:
                raise _changes(path, node, name, find_value(name))
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
            if name not in bound and method in _CHANGERS.get(type(find_value(name)), ()):
                raise _changes(path, node, name, find_value(name))


def _changes(path: str, node: ast.AST, name: str, value: object) -> BadWithBlockError:
    copy = f"{type(value).__name__}({name})" if type(value) in _CHANGERS else f"copy.deepcopy({name})"
    return _bad(
        path,
        node,
        f"`{shorten(node)}` changes `{name}`, which was made outside the with-block",
        f"Make a new value inside the block, for instance `mine = {copy}`, and change that",
    )


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_remote(expression: ast.expr) -> bool:
    """`….remotely`, `….remotely.downloadAll()` or `….downloadAll()`"""
    called = expression.func if isinstance(expression, ast.Call) else expression
    return isinstance(called, ast.Attribute) and (called.attr == "remotely" or called.attr in _WAYS)


def _walk_scope(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all in it, but not the bodies of functions and classes."""
    yield node
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _walk_scope(child)


def _loop_exits(node: ast.AST) -> Iterator[ast.AST]:
    """`break` and `continue` that belong to a loop outside of the node."""
    if isinstance(node, ast.Break | ast.Continue):
        yield node
    elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
        for statement in node.orelse:
            yield from _loop_exits(statement)
    elif not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _loop_exits(child)


def _bad(path: str, node: ast.AST, what: str, way_out: str) -> BadWithBlockError:
    return BadWithBlockError(f"{path}, line {getattr(node, 'lineno', 0)}: {what}. {way_out}.")
