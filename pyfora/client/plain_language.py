"""The executor's language, made of `pyfora.capture`, `pyfora.wire` and `pyfora.restore`. Only `remotely.py` uses them beside this."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pyfora.capture.calls import capture_call, capture_names, capture_value
from pyfora.capture.client_origin import ClientOrigin
from pyfora.client.body import Body
from pyfora.client.executor import Executor
from pyfora.client.language import FindRemote, MakeProxy, Result
from pyfora.client.remotely import Remotely
from pyfora.errors import WireError
from pyfora.program.allowed import is_allowed
from pyfora.program.nodes import Outcome, Program
from pyfora.restore import Restorer
from pyfora.restore.plain import PlainEnvironment
from pyfora.restore.trace import attach_trace, format_error
from pyfora.wire import Arrival, decode_program, encode_program, program_bytes, program_size

SMALL_BYTES = 2**20  # a Program up to this is encoded at once, and sent as one piece


class PlainLanguage:
    def __init__(self, find_remote: FindRemote) -> None:
        self._origin = ClientOrigin(find_remote)

    def make_remotely(self, executor: Executor) -> Remotely:
        return Remotely(executor, self._origin)

    def capture_call(self, function: Callable[..., Any], args: Sequence[object], kwargs: Mapping[str, object]) -> Program:
        return capture_call(function, args, kwargs, self._origin)

    def capture_value(self, value: object) -> Program:
        return capture_value(value, self._origin)

    def capture_names(self, values: Mapping[str, object]) -> Program:
        return capture_names(values, self._origin)

    def encode(self, program: Program) -> Body:
        nbytes = program_size(program)
        if nbytes > SMALL_BYTES:
            return Body(nbytes, lambda: encode_program(program))
        data = program_bytes(program)
        return Body(nbytes, lambda: [data])

    def read_result(self, data: bytes | Arrival, make_proxy: MakeProxy) -> Result:
        program, made = data.take() if isinstance(data, Arrival) else (decode_program(data, reader="client"), {})
        outcome = program.entry
        if not isinstance(outcome, Outcome):
            raise WireError(f"the cluster answered with a {type(outcome).__name__}: upgrade whichever of the two is older")
        environment = PlainEnvironment(is_allowed, self._origin.find_object, self._origin.remember, make_proxy)
        restorer = Restorer(program, environment, made)
        values = restorer.names(outcome.names)
        if outcome.error < 0:
            return Result(values, None, "", outcome.printed)
        error = attach_trace(restorer.value(outcome.error), outcome.trace)
        return Result(values, error, format_error(error, outcome.trace), outcome.printed)
