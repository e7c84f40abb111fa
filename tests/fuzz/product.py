"""The product in one process: a real driver, machine and interpreter, and the engine that tests use; no cluster, no sockets.

Leases are cut by count, so that the same program runs in 1, 2, 7 or 100 of them.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any
from unittest import mock

import pyfora
from pyfora.client.plain_language import PlainLanguage
from tests.parity.same import bits, bits_of_error
from tests.ufora.runtime.here import MachineSide, OneInterpreter, WorkerErrands
from ufora.compile.spec import NotCompiled
from ufora.engine.contract import WorkerFacts
from ufora.engine.in_process import InProcessCluster, InProcessTaskEngine
from ufora.protocol.explanation import Explanation
from ufora.protocol.messages import Data, Evaluate, Finished, Read, pack_message, unpack_message
from ufora.runtime import consumers
from ufora.runtime.bind import Bound
from ufora.runtime.driver import Driver, DriverSettings
from ufora.runtime.kernels import Kernels, ReadyKernel
from ufora.runtime.machine import Machine
from ufora.runtime.nearby import NearbyEngine
from ufora.runtime.own_cores import OwnCores
from ufora.runtime.policy import When

REFUSALS = (pyfora.InvalidPyforaOperation, pyfora.PythonToForaConversionError)


@dataclass(frozen=True, slots=True)
class Way:
    """How a program is run."""

    compile: When
    leases: int  #: into how many each comprehension is cut; 0: not at all
    twins: int = 0  #: how many copies of the driver compute what is interpreted
    own: bool = False  #: does the driver use its machine's cores itself?

    def __str__(self) -> str:
        where = f" for {self.twins} twins" if self.twins else " on own cores" if self.own else ""
        return f"compile={self.compile.value}, {self.leases or 'no'} leases{where}"


@dataclass(frozen=True, slots=True)
class Seen:
    """One run of a program on the product."""

    outcome: object  #: see `bits`
    is_refused: bool
    compiled: int  #: comprehensions that machine code took, counted by place
    interpreted: Counter[str]  #: why others were not


def run_way(program: FunctionType, way: Way, cache: Path) -> Seen:
    """Capture, encode, evaluate, decode: what `executor.submit(program).result().toLocal()` does."""
    machine = Machine(1, OneInterpreter(way.compile, str(cache)))
    cluster = InProcessCluster()
    cluster.add_worker(MachineSide(machine), WorkerFacts("w", "here", 1, 2**30, "", ""))
    errands = WorkerErrands(machine)
    own = OwnCores(2, errands) if way.own else None
    engine = NearbyEngine(InProcessTaskEngine(cluster), errands, "here")
    driver = Driver(engine, DriverSettings("", str(cache), way.compile, When.NEVER, slices=way.leases, threads=way.twins), own)
    compiled = _note_compiled(driver)
    try:
        with mock.patch.object(consumers, "LONG", 1):  # lists that machine code makes stay arrays however short they are
            outcome, is_refused, facts = _evaluate(driver, program)
    finally:
        if own is not None:
            own.close()
        errands.close()
        engine.close()
        machine.close()
    lines = Explanation.from_plain(facts).lines
    reasons = [f"interpreted: {line.why_interpreted}" for line in lines if line.why_interpreted]
    reasons += [f"not cut: {line.why_not_cut}" for line in lines if line.why_not_cut and not line.why_interpreted and not line.compiled]
    return Seen(outcome, is_refused, len(compiled), Counter(reasons))


def _evaluate(driver: Driver, program: FunctionType) -> tuple[object, bool, dict[str, Any]]:
    language = PlainLanguage(lambda value: None)
    try:
        body = language.encode(language.capture_call(program, (), {}))
    except REFUSALS as error:
        return bits_of_error(error), True, {}
    data = b"".join(map(bytes, body.pieces()))
    answer = unpack_message(driver.answer(pack_message(Evaluate("c", "p", data, "all", 0))))
    assert isinstance(answer, Finished), answer
    result = language.read_result(_read(driver, answer), lambda remote: remote)
    if result.error is not None:
        return bits_of_error(result.error), isinstance(result.error, REFUSALS), answer.facts
    try:
        return bits(result.values[""]), False, answer.facts
    except REFUSALS as error:  # something in it cannot travel
        return bits_of_error(error), True, answer.facts


def _read(driver: Driver, answer: Finished) -> bytes:
    """The result, also where it does not fit the message."""
    data = bytearray(answer.result)
    while len(data) < answer.nbytes:
        piece = driver.answer_at_once(pack_message(Read(answer.stream, len(data), answer.nbytes)))
        data += _as_data(piece).data
    return bytes(data)


def _as_data(message: bytes | None) -> Data:
    data = unpack_message(message or b"")
    assert isinstance(data, Data), data
    return data


def _note_compiled(driver: Driver) -> set[tuple[int, int]]:
    """The places of comprehensions that found a kernel: noted where the conductor asks for it."""
    places: set[tuple[int, int]] = set()
    kernels = driver._conductor.kernels

    class Noting(Kernels):
        def find(self, bound: Bound) -> ReadyKernel | NotCompiled | None:
            return self._note(bound, kernels.find(bound))

        def compile(self, bound: Bound) -> ReadyKernel | NotCompiled:
            made = kernels.compile(bound)
            self._note(bound, made)
            return made

        def _note(self, bound: Bound, found: ReadyKernel | NotCompiled | None) -> ReadyKernel | NotCompiled | None:
            if isinstance(found, ReadyKernel):
                places.add((bound.loop.tree.lineno, bound.loop.tree.col_offset))
            return found

    driver._conductor.kernels = Noting(None)
    return places
