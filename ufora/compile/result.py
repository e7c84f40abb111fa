"""What a run of a kernel gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    from ufora.compile.found import Found
    from ufora.numerics.exact_sum import ExactSum


@dataclass(frozen=True, slots=True)
class LoopRun:
    """Elements `start … stopped_at - 1` are in `partial`, exactly as Python computes them; element `stopped_at` could not be computed
    exactly (overflow, an exception, a domain error) and needs the interpreted tier, unless stopped_at == stop.

    partial by consumer:
        SUM       int (any size) or ExactSum; the int 0 when there was no element
        LIST      numpy.ndarray of the elements that passed the filters; of elements that are lists a two-dimensional one, or, where they
                  are not equally long, a list of them
        MIN, MAX  int, float or bool, the first of equal ones; None when there was no element (a NaN stops the run)
        ANY, ALL  True when an element decided (element `stopped_at` is then the deciding one's successor), else False
    """

    partial: "int | float | bool | ExactSum | numpy.ndarray[Any, Any] | list[Any] | None"
    stopped_at: int
    interrupted: bool = False  #: it stopped because it was asked to (see flag.py): element `stopped_at` may well go on as machine code
    seconds: float = field(default=0.0, compare=False)  #: in the machine code itself, without what calling it costs
    site: int = field(default=0, compare=False)  #: number of the kernel's site at which it stopped (see stops.py); 0: at none
    lists: "Mapping[int, Found]" = field(default_factory=dict)  #: that were made and are in it, by their addresses (found.py)
