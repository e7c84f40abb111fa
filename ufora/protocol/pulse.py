"""What a worker says of itself, unasked, about twice a second.

Times are seconds before the pulse was taken, not moments: the clocks of two machines need not agree.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

import msgpack

from pyfora.errors import InternalError

COMPILED, INTERPRETED = "compiled", "interpreted"
TIERS = (COMPILED, INTERPRETED)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Slices that one core computed one right after the other."""

    core: int  #: 0 … cores - 1 of that worker
    began: float  #: seconds before the pulse
    ended: float  #: the same; 0 when it goes on
    tier: str  #: one of TIERS
    slices: int  #: that ended in it


@dataclass(frozen=True, slots=True)
class Pulse:
    python: str  #: version of the worker's Python
    cores_busy: float  #: processor time of all its processes since the last pulse, in cores
    memory_bytes: int  #: that all its processes hold
    slices: dict[str, int]  #: computed so far, by tier
    seconds: dict[str, float]  #: that cores were busy with them, by tier
    stretches: tuple[Stretch, ...]  #: since the last pulse
    lines: tuple[str, ...]  #: of its log, since the last pulse
    leases: dict[str, tuple[int, int]] = field(default_factory=dict)
    """How far those under way are: elements and slices done, by their names, "computation/number"; of a computation, its public name"""


def pack_pulse(pulse: Pulse) -> bytes:
    packed: bytes = msgpack.packb(asdict(pulse))
    return packed


def unpack_pulse(data: bytes) -> Pulse:
    """Raises InternalError for anything else: a worker of another release may say more or less."""
    try:
        told: dict[str, Any] = msgpack.unpackb(data, use_list=False)
        return Pulse(**{**told, "stretches": tuple(Stretch(**each) for each in told["stretches"])})
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
        raise InternalError(f"a worker said how it is in a form that this manager does not read: {error}") from error
