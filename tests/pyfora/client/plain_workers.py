"""Fake workers that evaluate real Programs in plain CPython, one namespace for all."""

import contextlib
import io
import traceback

from pyfora.capture.client_origin import ClientOrigin
from pyfora.capture.encoder import Encoder
from pyfora.program.allowed import is_allowed
from pyfora.program.nodes import Block, Call, Outcome, Program, Remote, TraceFrame
from pyfora.restore import Restorer
from pyfora.restore.plain import PlainEnvironment
from pyfora.wire import decode_program, program_bytes
from tests.ufora.gateway.fakes import Question


class PlainWorkers:
    def __init__(self) -> None:
        self.values: dict[tuple[str, str], object] = {}

    async def evaluate(self, question: Question) -> bytes:
        if not question.program:
            return self._answer(question, {"": self.values[question.computation, question.name]}, None, "")
        program = decode_program(question.program)
        known: dict[str, object] = {}
        restorer = Restorer(program, PlainEnvironment(is_allowed, known.get, known.__setitem__, self._find_value))
        values: dict[str, object] = {}
        printed, error = io.StringIO(), None
        with contextlib.redirect_stdout(printed):
            try:
                values = self._perform(program, restorer)
            except Exception as raised:  # noqa: BLE001 - it is the result
                error = raised
                values = getattr(raised, "bound", {})
        for name, value in values.items():
            self.values[question.computation, name] = value
        return self._answer(question, values, error, printed.getvalue())

    def _find_value(self, remote: Remote) -> object:
        return self.values[remote.computation, remote.name]

    def _perform(self, program: Program, restorer: Restorer) -> dict[str, object]:
        entry = program.entry
        if isinstance(entry, Block):
            code, namespace = restorer.block()
            try:
                exec(code, namespace)
            except Exception as raised:
                raised.bound = {name: namespace[name] for name in entry.assigns if name in namespace}
                raise
            return {name: namespace[name] for name in entry.assigns if name in namespace}
        if isinstance(entry, Call):
            return {"": restorer.value(entry.function)(*map(restorer.value, entry.args), **restorer.names(entry.kwargs))}
        return {"": restorer.value(entry.value)}

    def _answer(self, question: Question, values: dict[str, object], error: BaseException | None, printed: str) -> bytes:
        if question.want != "all":
            values = {name: Remote(question.computation, name, type(value).__name__) for name, value in values.items()}
        encoder = Encoder(ClientOrigin(lambda value: value if isinstance(value, Remote) else None))
        names = tuple((name, encoder.ref(value)) for name, value in values.items())
        if error is None:
            return program_bytes(encoder.program(Outcome(names, -1, (), printed)))
        vars(error).pop("bound", None)
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
        trace = tuple(TraceFrame(frame.filename, frame.lineno or 0, frame.name, frame.line or "") for frame in frames)
        return program_bytes(encoder.program(Outcome(names, encoder.ref(error), trace, printed)))
