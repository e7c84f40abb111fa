"""Kernels: machine code for one loop, made or loaded, and called.

    loop ──loop_key──► store.find ──load_kernel──► Kernel
              └─ missing ─► lower ─► compile_text ─► store.keep

Machine code may be kept and sent among the machines of a cluster; it never comes from a client.
"""

import ast
import ctypes
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy

from ufora.compile import dicts_text, libm, made_text
from ufora.compile.elements import Element, Result, RowsOf, as_rows, dtype_of
from ufora.compile.flag import HALTED_WORD, HEAD_WORDS, LISTS_WORD, NEVER, SITE_WORD, StopFlag
from ufora.compile.found import find_lists, free_grown
from ufora.compile.given import GivenType, Table, Unfit, check_array, pack
from ufora.compile.holders import find_held
from ufora.compile.keys import cpu_key, loop_key
from ufora.compile.lower import KERNEL, lower
from ufora.compile.result import LoopRun
from ufora.compile.spec import (
    ArrayOf,
    ArraySource,
    Consumer,
    ListOf,
    Loop,
    MadeDict,
    MadeList,
    MadeObject,
    MadeSet,
    NotCompiled,
    ObjectOf,
    RangeSource,
    Scalar,
    TupleOf,
)
from ufora.compile.stops import NO_SITE, Site
from ufora.compile.store import CodeStore
from ufora.compile.values import FLOAT, INT_MAX, INT_MIN, Nothing
from ufora.numerics import exact_round_text, exact_sum_text
from ufora.numerics.exact_sum import ExactSum
from ufora.numerics.machine import MachineCode, compile_text

Source = range | numpy.ndarray[Any, Any] | Table
Words = numpy.ndarray[Any, numpy.dtype[numpy.int64]]

_OUT_WORDS = 4
_NO_RECORD = numpy.zeros(HEAD_WORDS, dtype=numpy.int64)
MORE_ROOM = 4
"""How many times the room a list gets when it was too small. Guessed: an element too long for its room is begun anew, so few tries."""
FIRST_ROOM = 4096  #: numbers that the rows of a first run may have. Guessed: 32 KiB
MOST_ROOM = 2**26
"""Numbers (512 MiB) beyond which a list gets no more room for the elements of one: that one is left to the interpreted tier."""
_FREE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_PROTOTYPE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, *[ctypes.c_int64] * 4, *[ctypes.c_void_p] * 3)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a kernel is, beside its machine code."""

    key: str
    cpu: str
    consumer: Consumer
    source: RangeSource | ArraySource
    element: Element | Result | RowsOf  #: what the consumer collects
    given: tuple[GivenType, ...]  #: types of the values, in the order of `collect_given`
    changes: bool  #: are items of given lists assigned?
    may_refuse: bool  #: may it stop because something that was given may not change?
    sites: tuple[Site, ...]  #: where it may stop, and why; numbered from 1
    text: str  #: LLVM's, with the user's code above it


class Kernel:
    """One loop as machine code. `run` may be called from several threads at once and releases the GIL."""

    def __init__(self, facts: _Facts, data: bytes) -> None:
        self._facts = facts
        self._data = data
        self._code = MachineCode(data, {**libm.list_symbols(), **made_text.list_symbols()})
        self._dtype = dtype_of(facts.element)
        self._call = _PROTOTYPE(self._code.find_address(KERNEL))
        self._gives_lists = not isinstance(facts.element, RowsOf) and bool(find_held(facts.element))
        self._gets_lists = any(map(find_held, facts.given))
        self._free_lists = _FREE(self._code.find_address(made_text.FREE_ALL))

    key = property(lambda self: self._facts.key)
    cpu = property(lambda self: self._facts.cpu)
    consumer = property(lambda self: self._facts.consumer)
    element = property(lambda self: self._facts.element)
    changes = property(lambda self: self._facts.changes)
    may_refuse = property(lambda self: self._facts.may_refuse)
    sites = property(lambda self: self._facts.sites)
    text = property(lambda self: self._facts.text)

    def run(self, source: Source, start: int, stop: int, values: tuple[Any, ...], flag: StopFlag = NEVER) -> LoopRun:
        """Elements of the source at positions `start … stop - 1`, as far as they go; `values` are those of `collect_given`.

        What does not fit the machine (an element of the range beyond 64 bits, a value that is not what its type says) is not
        computed at all: the run stops at `start`. `flag` can end a run while it lasts.
        """
        kept: list[Any] = []  # alive until the run is over
        try:
            record = pack(self._facts.given, values, flag, kept)
            data, first, step = self._locate(source, start, stop)
        except Unfit:
            return self._run_words(0, 0, 0, start, start, _NO_RECORD)
        run = self._choose_run()(data, first, step, start, stop, record)
        if record[LISTS_WORD] or self._gets_lists:
            given = list(zip(self._facts.given, values, strict=True)) if self._gets_lists else []
            results = run.partial.tolist() if self._gives_lists else []  # type: ignore[union-attr]
            run = replace(run, lists=find_lists(self.element, results, given))
            free_grown(given)
            self._free_lists(record.ctypes.data)
        return run

    def _choose_run(self) -> Callable[[int, int, int, int, int, Words], LoopRun]:
        if isinstance(self.element, RowsOf):
            return self._run_rows
        return self._run_list if self.consumer == Consumer.LIST else self._run_words

    def _run_words(self, data: int, first: int, step: int, start: int, stop: int, record: Words) -> LoopRun:
        space = self._make_space(stop - start)
        out, seconds = self._run_once(data, first, step, start, stop, record, space)
        return LoopRun(self._collect(out, space), int(out[0]), bool(record[HALTED_WORD]), seconds, int(record[SITE_WORD]))

    def _run_list(self, data: int, first: int, step: int, start: int, stop: int, record: Words) -> LoopRun:
        """Several `for` clauses may give more elements than there is room for: then again from where it stopped, with more room."""
        parts = []
        room = max(0, stop - start)
        seconds = 0.0
        while True:
            space = self._make_space(room)
            out, lasted = self._run_once(data, first, step, start, stop, record, space)
            seconds += lasted
            parts.append(self._collect(out, space))
            start = int(out[0])
            is_stuck = room >= MOST_ROOM and not out[1]
            if start >= stop or out[2] < room or is_stuck or record[HALTED_WORD]:
                partial = parts[0] if len(parts) == 1 else numpy.concatenate(parts)
                return LoopRun(partial, start, bool(record[HALTED_WORD]), seconds, int(record[SITE_WORD]) if start < stop else NO_SITE)
            room = min(MORE_ROOM * room, max(room, MOST_ROOM))

    def _run_rows(self, data: int, first: int, step: int, start: int, stop: int, record: Words) -> LoopRun:
        """As `_run_list`, see rows.py."""
        lengths, items = [], []
        room, seconds = max(FIRST_ROOM, stop - start), 0.0
        while True:
            head = 8 * (stop - start)
            space = numpy.empty(head + room * self._dtype.itemsize, dtype=numpy.uint8)
            before, (out, lasted) = start, self._run_once(data, first, step, start, stop, record, space, room)
            seconds += lasted
            lengths.append(space[: 8 * int(out[3])].view(numpy.int64))
            items.append(space[head : head + int(out[1]) * self._dtype.itemsize].view(self._dtype))
            start = int(out[0])
            is_stuck = room >= MOST_ROOM and start == before
            if start >= stop or out[2] < room or is_stuck or record[HALTED_WORD]:
                partial = as_rows(numpy.concatenate(lengths), numpy.concatenate(items))
                return LoopRun(partial, start, bool(record[HALTED_WORD]), seconds, int(record[SITE_WORD]) if start < stop else NO_SITE)
            room = min(MORE_ROOM * room, max(room, MOST_ROOM))

    def _run_once(
        self, data: int, first: int, step: int, start: int, stop: int, record: Words, space: "numpy.ndarray[Any, Any]", room: int = 0
    ) -> tuple[Words, float]:
        """What it wrote, and how long it ran, seconds."""
        out = numpy.zeros(_OUT_WORDS, dtype=numpy.int64)
        out[0], out[3] = start, room or len(space)
        if start >= stop:
            out[3] = 0
            return out, 0.0
        addresses = record.ctypes.data, out.ctypes.data, space.ctypes.data
        began = time.perf_counter()
        self._call(data, first, step, start, stop, *addresses)
        return out, time.perf_counter() - began

    def _locate(self, source: Source, start: int, stop: int) -> tuple[int, int, int]:
        """Address of the array, or first and step of the range."""
        if isinstance(self._facts.source, ArraySource):
            element = self._facts.source.element
            if not isinstance(element, ArrayOf | ObjectOf):
                check_array(element, source)
            elif not isinstance(source, Table) or source.element != element:
                raise Unfit(f"not a table of {element}")
            assert isinstance(source, numpy.ndarray | Table)
            if not 0 <= start <= stop <= len(source):
                raise IndexError(f"{start}:{stop} of {len(source)} elements")
            return source.address if isinstance(source, Table) else int(source.ctypes.data), 0, 0
        if not isinstance(source, range):
            raise Unfit(f"not a range: {source!r:.60}")
        last = source.start + max(stop - 1, 0) * source.step
        if not all(INT_MIN <= number <= INT_MAX for number in (source.start, source.step, last, stop)):
            raise Unfit("beyond 64 bits")
        return 0, source.start, source.step

    def _make_space(self, count: int) -> "numpy.ndarray[Any, Any]":
        if self.consumer == Consumer.LIST:
            return numpy.empty(count, dtype=self._dtype)
        return numpy.zeros(exact_sum_text.WORDS, dtype=numpy.int64)

    def _collect(self, out: Words, space: "numpy.ndarray[Any, Any]") -> Any:
        match self.consumer:
            case Consumer.SUM if self.element == FLOAT:
                return ExactSum.from_words(space) if out[1] else 0  # the sum of nothing is the int 0
            case Consumer.SUM:
                return (int(out[2]) << 64) + int(out[1].view(numpy.uint64))
            case Consumer.LIST:
                count = int(out[1])
                return space[:count] if 2 * count >= len(space) else space[:count].copy()
            case Consumer.MIN | Consumer.MAX:
                return space.view(numpy.uint8)[: self._dtype.itemsize].view(self._dtype)[0].item() if out[1] else None
            case _:
                return bool(out[1])

    def to_bytes(self) -> bytes:
        """For `load_kernel`, here or in another process on the same kind of processor."""
        facts = self._facts
        source = _type_to_json(facts.source.element) if isinstance(facts.source, ArraySource) else "range"
        head = {
            "key": facts.key,
            "cpu": facts.cpu,
            "consumer": facts.consumer.value,
            "source": source,
            "element": _type_to_json(facts.element),
            "given": [_type_to_json(of) for of in facts.given],
            "changes": facts.changes,
            "may_refuse": facts.may_refuse,
            "sites": [[site.owner, site.line, site.why] for site in facts.sites],
            "text": facts.text,
        }
        encoded = json.dumps(head).encode()
        return len(encoded).to_bytes(8, "little") + encoded + self._data


def _type_to_json(of: GivenType | Result | RowsOf) -> Any:
    match of:
        case ObjectOf(name, fields):
            return {"object": name, "fields": fields}
        case MadeDict(key, value):
            kind = "set" if isinstance(of, MadeSet) else "dict"
            return {kind: [None if part is None else _type_to_json(part) for part in (key, value)]}
        case MadeList(element):
            return {"made": None if element is None else _type_to_json(element)}
        case MadeObject():
            raise TypeError(of)
        case RowsOf(item):
            return {"rows": _type_to_json(item)}
        case Nothing():
            return None
        case ListOf(element):
            return {"list": _type_to_json(element)}
        case ArrayOf(element):
            return {"array": _type_to_json(element)}
        case TupleOf(items):
            return [_type_to_json(item) for item in items]
        case scalar:
            return scalar.value


def _type_from_json(of: Any) -> Any:
    match of:
        case None:
            return Nothing()
        case {"object": name, "fields": fields}:
            return ObjectOf(name, tuple((field, Scalar(kind)) for field, kind in fields))
        case {"dict": parts} | {"set": parts}:
            kind = MadeSet if "set" in of else MadeDict
            return kind(*(None if part is None else _type_from_json(part) for part in parts))
        case {"made": element}:
            return MadeList(None if element is None else _type_from_json(element))
        case {"rows": item}:
            return RowsOf(_type_from_json(item))
        case {"list": element}:
            return ListOf(_type_from_json(element))
        case {"array": element}:
            return ArrayOf(_type_from_json(element))
        case [*items]:
            return TupleOf(tuple(_type_from_json(item) for item in items))
        case name:
            return Scalar(name)


def load_kernel(data: bytes) -> Kernel:
    """The kernel that `to_bytes` described: nothing is compiled. Raises ValueError when it is none, or for another processor."""
    length = int.from_bytes(data[:8], "little")
    head = json.loads(data[8 : 8 + length])
    if head["cpu"] != cpu_key():
        raise ValueError(f"machine code for {head['cpu']}, this is {cpu_key()}")
    facts = _Facts(
        key=head["key"],
        cpu=head["cpu"],
        consumer=Consumer(head["consumer"]),
        source=RangeSource() if head["source"] == "range" else ArraySource(_type_from_json(head["source"])),
        element=_type_from_json(head["element"]),
        given=tuple(_type_from_json(of) for of in head["given"]),
        changes=head["changes"],
        may_refuse=head["may_refuse"],
        sites=tuple(Site(*site) for site in head["sites"]),
        text=head["text"],
    )
    return Kernel(facts, data[8 + length :])


def read_text(data: bytes) -> str:
    """LLVM's text of what `to_bytes` described, also of another processor's. Raises ValueError when it is none."""
    length = int.from_bytes(data[:8], "little")
    try:
        return str(json.loads(data[8 : 8 + length])["text"])
    except (KeyError, TypeError) as error:
        raise ValueError("no kernel") from error


def _find_kept(store: CodeStore | None, key: str) -> Kernel | None:
    data = store.find(key) if store is not None else None
    if data is None:
        return None
    try:
        return load_kernel(data)
    except ValueError:  # foreign or damaged: to be made again
        return None


def compile_loop(loop: Loop, store: CodeStore | None) -> Kernel | NotCompiled:
    """The loop's machine code, from the store where it is kept."""
    try:
        key = loop_key(loop)
    except RecursionError:
        return NotCompiled("the code is nested too deeply to be compiled", loop.path, loop.tree.lineno)
    kept = _find_kept(store, key)
    if kept is not None:
        return kept
    lowered = lower(loop)
    if isinstance(lowered, NotCompiled):
        return lowered
    used = [exact_round_text.TEXT] if "ufora.exact_" in lowered.text else []
    used += [made_text.TEXT + dicts_text.TEXT] if lowered.has_lists else []
    data = compile_text(lowered.text, [KERNEL, made_text.FREE_ALL], used)
    facts = _Facts(
        key,
        cpu_key(),
        loop.consumer,
        loop.source,
        lowered.element,
        lowered.given,
        lowered.changes,
        lowered.may_refuse,
        lowered.sites,
        lowered.text,
    )
    kernel = Kernel(facts, data)
    if store is not None:
        store.keep(key, kernel.to_bytes())
    return kernel


def warm_up() -> None:
    """Load and start the compiler, so that the first real loop finds it ready."""
    tree = ast.parse("(x * 0.5 for x in xs)", mode="eval").body
    assert isinstance(tree, ast.GeneratorExp)
    kernel = compile_loop(Loop(tree, "", Consumer.SUM, RangeSource(), {}), None)
    assert isinstance(kernel, Kernel)
    kernel.run(range(8), 0, 8, ())
