"""A small language between a client and fake workers: calls of named functions on constants and remote values, in real Programs."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pyfora.client.body import Body
from pyfora.client.language import FindRemote, MakeProxy, Result
from pyfora.errors import InvalidPyforaOperation
from pyfora.program.nodes import Call, Constant, Named, Node, Outcome, Program, Remote, Value
from pyfora.wire import Arrival, decode_program, program_bytes
from tests.ufora.gateway.fakes import Question


class TinyLanguage:
    def __init__(self, find_remote: FindRemote) -> None:
        self._find_remote = find_remote

    def make_remotely(self, executor: object) -> Any:
        raise NotImplementedError

    def capture_call(self, function: Callable[..., Any], args: Sequence[object], kwargs: Mapping[str, object]) -> Program:
        nodes: list[Node] = [Named(function.__name__), *(self._node(value) for value in [*args, *kwargs.values()])]
        count = len(args)
        names = tuple((name, 1 + count + place) for place, name in enumerate(kwargs))
        return Program((), tuple(nodes), (), Call(0, tuple(range(1, 1 + count)), names))

    def capture_value(self, value: object) -> Program:
        return Program((), (self._node(value),), (), Value(0))

    def capture_names(self, values: Mapping[str, object]) -> Program:
        names = tuple((name, number) for number, name in enumerate(values))
        return Program((), tuple(map(self._node, values.values())), (), Outcome(names, -1, (), ""))

    def _node(self, value: Any) -> Node:
        return self._find_remote(value) or Constant(value)

    def encode(self, program: Program) -> Body:
        data = program_bytes(program)
        return Body(len(data), lambda: [data])

    def read_result(self, data: bytes | Arrival, make_proxy: MakeProxy) -> Result:
        program = data.take()[0] if isinstance(data, Arrival) else decode_program(data, reader="client")
        outcome = program.entry
        assert isinstance(outcome, Outcome)
        values = {}
        for name, ref in outcome.names:
            node = program.nodes[ref]
            values[name] = make_proxy(node) if isinstance(node, Remote) else node.value
        error = None
        if outcome.error >= 0:
            kind, text = program.nodes[outcome.error].value.split(": ")
            error = {"ZeroDivisionError": ZeroDivisionError, "InvalidPyforaOperation": InvalidPyforaOperation}[kind](text)
        return Result(values, error, "line 1", outcome.printed)


class TinyWorkers:
    """Evaluates such Programs. A function may be asynchronous."""

    def __init__(self, *functions: Callable[..., Any]) -> None:
        self.functions = {function.__name__: function for function in functions}
        self.values: dict[tuple[str, str, str], object] = {}
        self.evaluated: list[str] = []

    async def evaluate(self, question: Question) -> bytes:
        if not question.program:
            return _outcome(self.values[question.worker, question.computation, question.name])
        self.evaluated.append(question.computation)
        program = decode_program(question.program)
        try:
            value = await self._perform(program, question.worker)
        except (ZeroDivisionError, InvalidPyforaOperation) as error:
            return program_bytes(Program((), (Constant(f"{type(error).__name__}: {error}"),), (), Outcome((), 0, (), "")))
        self.values[question.worker, question.computation, ""] = value
        if question.want == "all" or (question.want == "small" and _size_of(value) <= question.limit):
            return _outcome(value)
        node = Remote(question.computation, "", type(value).__name__)
        return program_bytes(Program((), (node,), (), Outcome((("", 0),), -1, (), "")))

    async def _perform(self, program: Program, worker: str) -> object:
        def live(ref: int) -> Any:
            node = program.nodes[ref]
            return self.values[worker, node.computation, node.name] if isinstance(node, Remote) else node.value

        entry = program.entry
        if isinstance(entry, Value):
            return live(entry.value)
        if isinstance(entry, Outcome):
            return live(entry.names[0][1])
        function = program.nodes[entry.function]
        call = self.functions[function.path] if isinstance(function, Named) else live(entry.function)
        value = call(*map(live, entry.args), **{name: live(ref) for name, ref in entry.kwargs})
        return await value if asyncio.iscoroutine(value) else value


def _size_of(value: object) -> int:
    return len(value) if isinstance(value, bytes) else 0


def _outcome(value: Any) -> bytes:
    return program_bytes(Program((), (Constant(value),), (), Outcome((("", 0),), -1, (), "")))


class Gate:
    """Something that runs on the cluster until it is opened. `reached` is waited for in the client's thread."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = asyncio.Event()

    def close(self) -> None:
        """As if nobody had come."""
        self.reached.clear()
        self.opened = asyncio.Event()

    async def pass_through(self, value: object = None) -> object:
        self.reached.set()
        await self.opened.wait()
        return value
