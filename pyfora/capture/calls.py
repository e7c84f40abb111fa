"""Programs of calls and values: `executor.submit` and `executor.define`."""

from collections.abc import Mapping, Sequence

from pyfora.capture.encoder import Encoder
from pyfora.capture.origin import Origin
from pyfora.program.nodes import Call, Program, Value


def capture_call(function: object, args: Sequence[object], kwargs: Mapping[str, object], origin: Origin) -> Program:
    """`function(*args, **kwargs)` as a Program. Raises PythonToForaConversionError when it runs code that may not run."""
    encoder = Encoder(origin)
    entry = Call(encoder.ref(function), tuple(map(encoder.ref, args)), encoder.names(kwargs))
    return encoder.program(entry)


def capture_value(value: object, origin: Origin) -> Program:
    """A value as a Program. Raises PythonToForaConversionError when the value itself cannot travel."""
    encoder = Encoder(origin)
    return encoder.program(Value(encoder.ref(value)))
