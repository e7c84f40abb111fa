"""A session's values on their way to the driver of another worker.

They travel as one Program, so what is shared between them stays shared. A chunked list travels as the names of its chunks, which stay
where they are: the other driver adopts them.

    v/<computation>/<name>    the value
    c/<computation>/<name>    its parts: ("chunk", key, dtype, start, stop) or ("array", array)
    a/<computation>/<name>    the name of an entry before: the same object

What cannot travel is computed again, and so is all else: values may refer to one another.
"""

from collections.abc import Mapping
from typing import Any

from pyfora.errors import InternalError
from pyfora.program.nodes import Program
from ufora.engine.contract import TaskEngine
from ufora.runtime.chunked import ChunkedList, LocalPart, Part
from ufora.runtime.environment import CannotTravel, Workshop

Name = tuple[str, str]  #: (computation, name)


def pack_values(values: Mapping[Name, object], workshop: Workshop) -> Program:
    """Raises CannotTravel."""
    entries: dict[str, Any] = {}
    seen: dict[int, str] = {}
    for (computation, name), value in values.items():
        place = f"{computation}/{name}"
        if type(value) is not ChunkedList or value.local is not None:
            entries[f"v/{place}"] = value
        elif id(value) in seen:
            entries[f"a/{place}"] = seen[id(value)]
        else:
            entries[f"c/{place}"] = [_pack_part(part) for part in value.parts]
            seen[id(value)] = place
    program, unrolled = workshop.pack_names(entries)
    if not unrolled.isdisjoint(seen):
        raise CannotTravel("a long list is a value of its own and part of another")
    return program


def unpack_values(data: bytes, workshop: Workshop, engine: TaskEngine) -> dict[Name, object]:
    """Raises TaskFailed when chunks are gone."""
    values: dict[Name, object] = {}
    for entry, found in workshop.unpack_names(data).items():
        kind, computation, name = entry.split("/", 2)
        match kind:
            case "v":
                value = found
            case "a":
                first, _, same = found.partition("/")
                value = values[first, same]
            case "c":
                value = ChunkedList([_unpack_part(part, engine) for part in found])
            case _:
                raise InternalError(f"a value was handed over as {entry!r}")
        values[computation, name] = value
    return values


def _pack_part(part: Part | LocalPart) -> tuple[object, ...]:
    if isinstance(part, LocalPart):
        return ("array", part.array)
    return ("chunk", part.chunk.key, part.dtype, part.start, part.stop)


def _unpack_part(packed: tuple[Any, ...], engine: TaskEngine) -> Part | LocalPart:
    if packed[0] == "array":
        return LocalPart(packed[1])
    _, key, dtype, start, stop = packed
    return Part(engine, engine.adopt(key), dtype, start, stop)
