"""A computation at one of its stages, as text.

capture   the with-block or call as it was captured: the user's source and what it took along
guarded   the same source as CPython runs it on a worker
kernel    LLVM's text of the kernels of its lines, from the machine code kept on this machine
plan      how its lines ran and were cut
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyfora.program.nodes import Block, Call, Function, Program, Value
from pyfora.program.places import list_places, parse_source
from pyfora.wire import decode_program
from ufora.compile.store import CodeStore
from ufora.runtime.guard.rewrite import guard_tree
from ufora.service import exits
from ufora.service.config import read_worker_config
from ufora.service.tools.asking import CannotAsk, Manager

NODE_LENGTH = 100  # characters shown of a value that was taken along


def show_stage(manager: Manager, computation: str, stage: str) -> str:
    match stage:
        case "capture":
            return show_capture(_fetch(manager, computation))
        case "guarded":
            return show_guarded(_fetch(manager, computation))
        case "kernel":
            explanation = manager.get(f"/api/v1/computations/{computation}/explanation")
            return show_kernels(Path(read_worker_config({}, make=False).cache_dir), explanation["lines"])
    return show_plan(manager.get(f"/api/v1/computations/{computation}/explanation"))


def show_capture(program: Program) -> str:
    """The entry, the sources with the user's line numbers, and every value that travels along."""
    said = [_say_entry(program)]
    for number, source in enumerate(program.sources):
        lines = source.text.rstrip("\n").split("\n")
        numbered = "\n".join(f"{source.first_line + each:5d}  {line}" for each, line in enumerate(lines))
        said.append(f"source {number}: {source.path}\n{numbered}")
    values = [f"{number:5d}  {_shorten(node)}" for number, node in enumerate(program.nodes)]
    said.append("values:\n" + "\n".join(values) if values else "no values")
    if program.buffers:
        said.append(f"{len(program.buffers)} raw buffers, {sum(map(len, program.buffers)):,} bytes")  # type: ignore[arg-type]  # of bytes
    return "\n\n".join(said)


def show_guarded(program: Program) -> str:
    said = []
    for number, source in enumerate(program.sources):
        tree = parse_source(source)
        for ordinal, place in enumerate(list_places(tree)):
            place.ordinal = ordinal  # type: ignore[union-attr]  # where guarded code says which place it is
        said.append(f"# source {number}: {source.path}, from line {source.first_line}\n{ast.unparse(guard_tree(tree, number))}")
    return "\n\n".join(said)


def show_kernels(cache: Path, lines: list[dict[str, Any]]) -> str:
    """`cache`: the folder of this machine's worker; `lines`: of an explanation."""
    wanted = {_squeeze(line["text"]) for line in lines if line["compiled"]}
    if not wanted:
        raise CannotAsk("nothing of it was compiled: `ufora explain` says why", exits.NO)
    found = [text for text in _list_kernels(cache) if any(code in each for code in _list_code(text) for each in wanted)]
    if not found:
        raise CannotAsk(f"{cache} holds no kernel of its lines: ask on a machine whose worker computed it", exits.NO)
    return "\n\n".join(found)


def show_plan(explanation: dict[str, Any]) -> str:
    said = []
    for line in explanation["lines"]:
        elements = line["compiled"] + line["interpreted"]
        cut = f"{line['slices']:,} slices" if line["slices"] else f"not cut: {line['why_not_cut'] or 'it was over too soon to share'}"
        each = f", {elements / line['slices']:,.0f} elements each" if line["slices"] and elements else ""
        said.append(f"{line['path']}, line {line['line']}: {line['text']}\n    {elements:,} elements, {line['tier']}, {cut}{each}")
    said.append(f"{explanation['cores']} cores, {explanation['core_seconds']:.3g} s of core time")
    return "\n".join(said)


def _list_code(text: str) -> list[str]:
    """The lines of the user's code that stand as comments above a kernel."""
    comments = [line[1:].strip() for line in text.splitlines() if line.startswith(";")]
    heads = [line.partition(": ")[2][1:-1] for line in comments[:1]] + [line for line in comments if line.startswith("def ")]
    return [_squeeze(line) for line in heads if line]


def _squeeze(code: str) -> str:
    return "".join(code.split())


def _fetch(manager: Manager, computation: str) -> Program:
    return decode_program(manager.get_bytes(f"/api/v1/computations/{computation}/program"), "ufora show")


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


def _list_kernels(cache: Path) -> Iterator[str]:
    """LLVM's text of each kernel that is kept there, newest first."""
    if not cache.is_dir():
        return
    store = CodeStore(cache)
    for path in sorted((path for path in cache.iterdir() if path.name.isalnum()), key=lambda path: path.stat().st_mtime, reverse=True):
        data = store.find(path.name) if path.is_file() else None
        if data is not None:
            yield json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["text"]
