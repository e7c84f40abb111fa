"""A computation at one of its stages, as text.

capture   the with-block or call as it was captured: the user's source and what it took along
guarded   the same source as CPython runs it on a worker
kernel    LLVM's text of the machine code of its lines, as the workers keep it
plan      how its lines ran and were cut, so far when it still runs
"""

import ast
from collections.abc import Sequence
from typing import Any

from pyfora.program.nodes import Block, Call, Function, Program, Value
from pyfora.program.places import list_places, parse_source
from pyfora.wire import decode_outline
from ufora.runtime.guard.rewrite import guard_tree
from ufora.runtime.guard.seats import Seats
from ufora.runtime.guard.skips import Skips
from ufora.service import exits
from ufora.service.tools.asking import CannotAsk, Manager

NODE_LENGTH = 100  # characters shown of a value that was taken along


def show_stage(manager: Manager, computation: str, stage: str) -> str:
    match stage:
        case "capture":
            return show_capture(*_fetch(manager, computation))
        case "guarded":
            return show_guarded(_fetch(manager, computation)[0])
        case "kernel":
            return show_kernels(manager.get(f"/api/v1/computations/{computation}/kernels")["kernels"])
    return show_plan(manager.get(f"/api/v1/computations/{computation}/explanation"))


def show_capture(program: Program, sizes: Sequence[int]) -> str:
    """The entry, the sources with the user's line numbers, and every value that travels along. `sizes`: of its raw buffers, bytes."""
    said = [_say_entry(program)]
    for number, source in enumerate(program.sources):
        lines = source.text.rstrip("\n").split("\n")
        numbered = "\n".join(f"{source.first_line + each:5d}  {line}" for each, line in enumerate(lines))
        said.append(f"source {number}: {source.path}\n{numbered}")
    values = [f"{number:5d}  {_shorten(node)}" for number, node in enumerate(program.nodes)]
    said.append("values:\n" + "\n".join(values) if values else "no values")
    if sizes:
        said.append(f"{len(sizes)} raw buffers, {sum(sizes):,} bytes")
    return "\n\n".join(said)


def show_guarded(program: Program) -> str:
    said = []
    for number, source in enumerate(program.sources):
        tree = parse_source(source)
        for ordinal, place in enumerate(list_places(tree)):
            place.ordinal = ordinal  # type: ignore[union-attr]  # where guarded code says which place it is
        said.append(
            f"# source {number}: {source.path}, from line {source.first_line}\n{ast.unparse(guard_tree(tree, number, Skips(), Seats()))}"
        )
    return "\n\n".join(said)


def show_kernels(kernels: list[dict[str, Any]]) -> str:
    """`kernels`: as the API gives them."""
    if not kernels:
        raise CannotAsk("nothing of it was compiled: `ufora explain` says why", exits.NO)
    gone = "; no worker keeps it any more"
    return "\n\n".join(f"; {each['path']}, line {each['line']}, kernel {each['key'][:12]}\n{each['text'] or gone}" for each in kernels)


def show_plan(explanation: dict[str, Any]) -> str:
    said = []
    for line in explanation["lines"]:
        elements = line["compiled"] + line["interpreted"]
        cut = f"{line['slices']:,} slices" if line["slices"] else f"not cut: {line['why_not_cut'] or 'it was over too soon to share'}"
        each = f", about {elements / line['slices']:,.0f} elements each" if elements > line["slices"] > 0 else ""
        said.append(f"{line['path']}, line {line['line']}: {line['text']}\n    {elements:,} elements, {line['tier']}, {cut}{each}")
    said.append(f"{explanation['cores']} cores, {explanation['core_seconds']:.3g} s of core time")
    return "\n".join(said)


def _fetch(manager: Manager, computation: str) -> tuple[Program, tuple[int, ...]]:
    return decode_outline(manager.get_bytes(f"/api/v1/computations/{computation}/program"), "ufora show")


def _say_entry(program: Program) -> str:
    match program.entry:
        case Block(source, _, module, function, names, assigns):
            place = program.sources[source].path
            taken = ", ".join(f"{name} = {ref}" for name, ref in names) or "nothing"
            return f"block in {function} of {module}, {place}\ntakes along, by number: {taken}\nassigns: {', '.join(assigns)}"
        case Call(function, args, kwargs):
            node = program.nodes[function]
            name = node.qualname if isinstance(node, Function) else f"value {function}"
            return f"call of {name} with {len(args)} arguments and {len(kwargs)} named ones"
        case Value(value):
            return f"the value {value}"
    return type(program.entry).__name__


def _shorten(node: object) -> str:
    text = repr(node)
    return text if len(text) <= NODE_LENGTH else text[: NODE_LENGTH - 1] + "…"
