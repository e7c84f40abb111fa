"""The executor's language, made of `pyfora.capture`, `pyfora.wire` and `pyfora.restore`. Only `remotely.py` uses them beside this."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

from pyfora.capture.calls import capture_call, capture_value
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
from pyfora.restore.trace import attach_trace, format_trace
from pyfora.wire import decode_program, encode_program, program_bytes, program_size

SMALL_BYTES = 2**20  # a Program up to this is encoded at once, and sent as one piece


class PlainLanguage:
    def __init__(self, find_remote: FindRemote) -> None:
        self._origin = ClientOrigin(find_remote)
        self._known = _Known(self._origin)

    def make_remotely(self, executor: Executor) -> Remotely:
        return Remotely(executor, self._origin)

    def capture_call(self, function: Callable[..., Any], args: Sequence[object], kwargs: Mapping[str, object]) -> Program:
        return capture_call(function, args, kwargs, self._origin)

    def capture_value(self, value: object) -> Program:
        return capture_value(value, self._origin)

    def encode(self, program: Program) -> Body:
        nbytes = program_size(program)
        if nbytes > SMALL_BYTES:
            return Body(nbytes, lambda: encode_program(program))
        data = program_bytes(program)
        return Body(nbytes, lambda: [data])

    def read_result(self, data: bytes | bytearray, make_proxy: MakeProxy) -> Result:
        program = decode_program(data, reader="client")
        outcome = program.entry
        if not isinstance(outcome, Outcome):
            raise WireError(f"the cluster answered with a {type(outcome).__name__}: upgrade whichever of the two is older")
        restorer = Restorer(program, PlainEnvironment(is_allowed, self._known, make_proxy))
        values = restorer.names(outcome.names)
        if outcome.error < 0:
            return Result(values, None, "", outcome.printed)
        error = attach_trace(restorer.value(outcome.error), outcome.trace)
        return Result(values, error, format_trace(type(error).__qualname__, str(error), outcome.trace), outcome.printed)


class _Known(MutableMapping[str, object]):
    """The functions and classes of this side by their keys: sent from here, or restored here before."""

    def __init__(self, origin: ClientOrigin) -> None:
        self._origin = origin
        self._restored: WeakValueDictionary[str, Any] = WeakValueDictionary()

    def __getitem__(self, key: str) -> object:
        found = self._origin.find_object(key) or self._restored.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: str, value: object) -> None:
        self._restored[key] = value

    def __delitem__(self, key: str) -> None:
        del self._restored[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._restored)

    def __len__(self) -> int:
        return len(self._restored)
