"""Programs of calls and values: `executor.submit`, `executor.define`, and values that were computed before."""

from collections.abc import Mapping, Sequence

from pyfora.capture.encoder import Encoder
from pyfora.capture.origin import Origin
from pyfora.program.nodes import Call, Outcome, Program, Value


def capture_call(function: object, args: Sequence[object], kwargs: Mapping[str, object], origin: Origin) -> Program:
    """`function(*args, **kwargs)` as a Program. Raises PythonToForaConversionError when it runs code that may not run."""
    encoder = Encoder(origin)
    entry = Call(encoder.ref(function), tuple(map(encoder.ref, args)), encoder.names(kwargs))
    return encoder.program(entry)


def capture_value(value: object, origin: Origin) -> Program:
    """A value as a Program. Raises PythonToForaConversionError when the value itself cannot travel."""
    encoder = Encoder(origin)
    return encoder.program(Value(encoder.ref(value)))


def capture_names(values: Mapping[str, object], origin: Origin) -> Program:
    """What a computation bound, as a Program that binds the same. Raises PythonToForaConversionError when one of them cannot travel."""
    encoder = Encoder(origin)
    return encoder.program(Outcome(encoder.names(values), -1, (), ""))
