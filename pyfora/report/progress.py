"""How far a running computation is.

What is counted is the comprehension under way that all cores work on; a computation has any number of them, one after the other,
and what stands between them cannot be counted.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Progress:
    """How far what is under way is. `str` says it in words."""

    fraction: float | None  #: 0 … 1 of the elements of what is under way; None while nothing that can be counted is
    slices_done: int  #: of what is under way
    slices: int  #: how many there will be, judged by the size of those that are done
    cores: int  #: that work on it now
    seconds_left: float | None  #: until what is under way is done, at its pace so far; None when unknown
    path: str = ""  #: file of what is under way; "" when nothing that can be counted is
    line: int = 0  #: in that file, from 1

    def as_plain(self) -> dict[str, Any]:
        """For msgpack and JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Fields that this release does not know are left out."""
        return cls(**{name: plain[name] for name in cls.__slots__ if name in plain})

    def __str__(self) -> str:
        """In words, such as "42 %, 2 cores, about 3 min left"."""
        parts = ["running" if self.fraction is None else f"{100 * self.fraction:.0f} %"]
        if self.cores:
            parts.append(f"{self.cores} core{'s' if self.cores > 1 else ''}")
        if self.seconds_left is not None:
            parts.append(f"about {format_seconds(max(1.0, self.seconds_left))} left")
        return ", ".join(parts)


def format_seconds(seconds: float) -> str:
    """A duration as people say it: "3 ms", "1.4 s", "2 min", "3.5 h"."""
    if seconds < 0.9995:
        return f"{1000 * seconds:.3g} ms"
    if seconds < 99.5:
        return f"{seconds:.2g} s" if seconds < 9.95 else f"{seconds:.0f} s"
    if seconds < 99.5 * 60:
        return f"{seconds / 60:.2g} min" if seconds < 9.95 * 60 else f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:,.1f} h"
