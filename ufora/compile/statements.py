"""Statements of a function's body."""

import ast
from collections.abc import Sequence
from typing import Any

from ufora.compile import (
    chains,
    choices,
    counted,
    counters,
    holders,
    lists,
    made,
    objects,
    operators,
    recurrences,
    recursion,
    sources,
    stores,
    turns,
)
from ufora.compile.frame import Frame, Turns
from ufora.compile.joins import RETURN, Widen, convert, join
from ufora.compile.spec import MadeList
from ufora.compile.turns import assign_target, run_through
from ufora.compile.values import INT, Number, Value, describe


def write_body(frame: Frame, statements: Sequence[ast.stmt]) -> None:
    at = 0
    while at < len(statements) and frame.is_open:  # it is not behind a return, break or continue
        statement, at = chains.take(frame, statements, at)
        frame.line = statement.lineno
        try:
            _write(frame, statement)
        except made.Waiting:  # what is behind it may tell; then all is written again
            frame.builder.position_at_end(frame.block("unknown"))


def _write(frame: Frame, node: ast.stmt) -> None:
    match node:
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign():
            _assign(frame, node)
        case ast.If(test, body, orelse):
            if not _choose(frame, node):
                _if(frame, test, body, orelse)
        case ast.While():
            _while(frame, node)
        case ast.For(target, iterable, body, orelse):

            def turn(element: Value) -> None:
                assign_target(frame, target, element)
                write_body(frame, body)

            source, at_once = sources.find_source(frame, iterable), recurrences.find_turns_at_once(frame, body)
            run_through(frame, source, turn, lambda: write_body(frame, orelse), at_once, counters.find_counters(frame, node))
        case ast.Return(value):
            _return(frame, value)
        case ast.Raise():
            frame.stop("an exception is raised")
        case ast.Assert(test):
            holds = frame.block("holds")
            frame.unit.test(frame, test, holds, frame.find_stop("an assertion fails"))
            frame.builder.position_at_end(holds)
        case ast.Break():
            frame.builder.branch(frame.turns[-1].end)
        case ast.Continue():
            frame.builder.branch(frame.turns[-1].next)
        case ast.Delete(targets):
            for target in targets:
                stores.delete_item(frame, target)
        case ast.Pass() | ast.Expr(ast.Constant()):
            pass
        case ast.Expr(value):
            holders.drop(frame, frame.unit.evaluate(frame, value))
        case _:
            frame.refuse(f"`{ast.unparse(node).splitlines()[0]}` is not compiled yet")


def _assign(frame: Frame, node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> None:
    match node:
        case ast.Assign(targets, value):
            result = frame.unit.evaluate(frame, value)
            for target in targets:
                assign_target(frame, target, result)
        case ast.AugAssign(ast.Subscript() as target, operator, value):
            stores.change_item(frame, target, _symbol(frame, operator), value)
        case ast.AugAssign(ast.Attribute() as target, operator, value):
            stores.change_attribute(frame, target, _symbol(frame, operator), value)
        case ast.AugAssign(ast.Name(name), operator, value):
            symbol = _symbol(frame, operator)
            old = frame.read(name)
            objects.refuse_in_place(frame, symbol, old)
            if isinstance(old.type, MadeList):
                _extend(frame, old, symbol, value)
                return
            amount = frame.unit.evaluate(frame, value)
            frame.line = node.lineno
            frame.assign(name, operators.binary(frame, symbol, old, amount))
        case ast.AnnAssign(ast.Name(name), _, value):
            if value is not None:
                frame.assign(name, frame.unit.evaluate(frame, value))
        case _:
            frame.refuse(f"`{ast.unparse(node)}` is not compiled")


def _extend(frame: Frame, items: Value, symbol: str, more: ast.expr) -> None:
    """`xs += ys` changes the list itself."""
    if symbol != "+":
        frame.refuse(f"`{symbol}=` of a list is not compiled")
    lists.extend(frame, items, more)


def _symbol(frame: Frame, operator: ast.operator) -> str:
    symbol = operators.SYMBOLS.get(type(operator))
    if symbol is None:
        frame.refuse("matrix multiplication is not compiled")
    return symbol


def _choose(frame: Frame, node: ast.If) -> bool:
    """Write it without a jump, if it only chooses what a name holds."""
    found = choices.find_choice(node)
    chosen = found and choices.choose(frame, node.test, *found[1:])
    if not found or not chosen:
        return False
    frame.assign(found[0], chosen)
    return True


def _if(frame: Frame, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt]) -> None:
    then, other, after = frame.block("if"), frame.block("else"), None
    frame.unit.test(frame, test, then, other)
    for block, statements in ((then, body), (other, orelse)):
        frame.builder.position_at_end(block)
        write_body(frame, statements)
        if frame.is_open:
            after = after or frame.block("fi")
            frame.builder.branch(after)
    if after is not None:
        frame.builder.position_at_end(after)


def _while(frame: Frame, loop: ast.While) -> None:
    out, end = frame.block("out"), frame.block("end")
    for_ever = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    counts = counted.find_counted(frame, loop)
    if counts is not None:
        counted.write_counted(frame, loop, counts, lambda: write_body(frame, loop.body), out, end)
    else:
        _write_turns(frame, loop, None if for_ever else out, end)
    frame.builder.position_at_end(out)
    if for_ever:
        frame.builder.unreachable()
    else:
        write_body(frame, loop.orelse)
    if for_ever and not _breaks(loop.body):
        frame.builder.position_at_end(end)
        frame.builder.unreachable()
    else:
        frame.go(end)


def _write_turns(frame: Frame, loop: ast.While, out: Any, end: Any) -> None:
    """Goes to `out` when the test does not hold; None: it always does."""
    head, turn = frame.block("while"), frame.block("turn")
    counts = counters.find_counters(frame, loop)
    fuel = turns.begin_turns(frame, counts)
    frame.go(head)
    turns.count_turn(frame, fuel, counts)
    if out is None:
        frame.builder.branch(turn)
    else:
        frame.unit.test(frame, loop.test, turn, out)
    frame.builder.position_at_end(turn)
    frame.turns.append(Turns(head, end))
    with counters.between_looks(frame, counts):
        write_body(frame, loop.body)
    frame.turns.pop()
    if frame.is_open:
        frame.builder.branch(head)


def _breaks(body: list[ast.stmt]) -> bool:
    """Is there a `break` of this loop?"""
    for node in body:
        match node:
            case ast.Break():
                return True
            case ast.While(orelse=orelse) | ast.For(orelse=orelse):
                inner = orelse
            case ast.If(body=then, orelse=orelse):
                inner = then + orelse
            case _:
                inner = []
        if _breaks(inner):
            return True
    return False


def _return(frame: Frame, node: ast.expr | None) -> None:
    if node is None:
        node = ast.Constant(None, lineno=frame.line)
    if isinstance(node, ast.IfExp) and _calls_itself(frame, node):
        _return_either(frame, node)
        return
    value = recursion.find_sum(frame, node)
    if value is not None:
        write_return(frame, value)


def _return_either(frame: Frame, node: ast.IfExp) -> None:
    """`return n if n < 2 else f(n - 1)` as two returns, first the one that does not need the type of the other."""
    test, first, last = node.test, node.body, node.orelse
    if _calls_itself(frame, first):
        test, first, last = ast.copy_location(ast.UnaryOp(ast.Not(), test), test), last, first
    _if(frame, test, [ast.copy_location(ast.Return(first), first)], [ast.copy_location(ast.Return(last), last)])


def _calls_itself(frame: Frame, node: ast.expr) -> bool:
    own = frame.function.name.rpartition(".")[0]
    return any(isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == own for part in ast.walk(node))


def write_return(frame: Frame, value: Value) -> None:
    """Leave a function with a value; a comprehension's own returns do not exist."""
    if frame.widened.get(RETURN) != Number():
        value = frame.settle(value)
    returns = value.type if frame.returns is None else frame.returns
    joined = join(returns, value.type, frame.unit.lists)
    if joined is None:
        frame.refuse(f"a function returns {describe(returns)} here and {describe(value.type)} there")
    if joined != returns:
        raise Widen(RETURN, joined)
    frame.returns = joined
    value = convert(frame, value, joined)
    if frame.repeat is not None and joined == INT:
        value = recursion.add_total(frame, [value])
    frame.note_returned(value)
    frame.hold_returned(value)
    for at, word in enumerate(value.words):
        frame.builder.store(word, frame.result_slot(frame.results, at))
    frame.return_done()
