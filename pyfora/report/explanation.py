"""What happened in a computation, line by line, and where its time went.

Records of plain values, made on the cluster, completed by the client. `text.py` says them in words, `advice.py` draws the conclusion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from pyfora.report.advice import advise
from pyfora.report.text import as_html, as_text

KINDS = ("capture", "transfer", "wait", "compile", "run", "combine", "bring home")
"""What time is spent on, in the order it is. capture: from live Python to a program, here; transfer: of the program to the cluster;
wait: for earlier computations and for a worker; compile: to machine code; run; combine: of what the slices gave; bring home: the
result, from its encoding there to the live values here."""


@dataclass(frozen=True, slots=True)
class Deoptimisation:
    """Elements that machine code could not compute exactly as Python does: they ran interpreted. On a cluster those next to a second or
    later one went along, 64 at most."""

    times: int  #: how many elements
    path: str  #: where machine code stopped
    line: int  #: in that file, from 1
    why: str  #: it stopped there: a short sentence, such as "the result of `*` exceeds 64 bits"
    first: int | None = None  #: number of the first such element, from 0; None for a call


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the user's: its comprehensions, or the function that begins there."""

    path: str
    line: int  #: from 1
    text: str  #: of the line, without the space around it
    times: int  #: how often it ran
    seconds: float  #: wall time of all those times, with all that it called
    compiled: int  #: elements of the source (for a function: calls) that machine code computed
    interpreted: int  #: the same, by CPython
    slices: int  #: pieces it was cut into for the cores; 0 when it was not cut
    why_interpreted: str = ""  #: "" when it was compiled, or so short that nothing was tried
    why_not_cut: str = ""  #: "" when it was cut, or over so soon that nothing was tried
    deoptimisations: tuple[Deoptimisation, ...] = ()
    kernels: tuple[str, ...] = ()  #: keys of the machine code it ran as

    @property
    def tier(self) -> str:
        """ "compiled" when machine code computed most, "interpreted" when it computed nothing, else "both"."""
        if not self.compiled:
            return "interpreted"
        return "both" if self.interpreted > self.compiled else "compiled"

    @property
    def cut(self) -> bool:
        """Whether it was cut into slices for the cores."""
        return self.slices > 0

    @property
    def deopts(self) -> int:
        """How many elements were deoptimised."""
        return sum(each.times for each in self.deoptimisations)


@dataclass(frozen=True, slots=True)
class Explanation:
    """`str` says it in words; so does its display in a terminal or notebook."""

    lines: tuple[Line, ...] = ()  #: those that took most time first
    seconds: Mapping[str, float] = field(default_factory=dict)  #: wall time by kind, see KINDS
    core_seconds: float = 0.0  #: time that cores were busy with slices, summed over all cores
    cores: int = 0  #: most that worked on slices at the same time

    @property
    def advice(self) -> str:
        """The one change that would help most, in a sentence; "" when there is nothing to say."""
        return advise(self)

    def as_plain(self) -> dict[str, Any]:
        """For msgpack and JSON; `tier`, `cut`, `deopts` and `advice` are included for readers."""
        lines = [asdict(line) | {"tier": line.tier, "cut": line.cut, "deopts": line.deopts} for line in self.lines]
        return {
            "lines": lines,
            "seconds": dict(self.seconds),
            "core_seconds": self.core_seconds,
            "cores": self.cores,
            "advice": self.advice,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Of what `as_plain` gave, also that of another release: unknown fields are left out, missing ones are at their defaults."""
        return cls(
            tuple(_line(each) for each in plain.get("lines", ())),
            dict(plain.get("seconds", {})),
            plain.get("core_seconds", 0.0),
            plain.get("cores", 0),
        )

    def with_seconds(self, more: Mapping[str, float]) -> Self:
        """The same with time of other kinds added."""
        kinds = [kind for kind in (*KINDS, *self.seconds, *more) if kind in self.seconds or kind in more]
        return replace(self, seconds={kind: self.seconds.get(kind, 0.0) + more.get(kind, 0.0) for kind in dict.fromkeys(kinds)})

    def __str__(self) -> str:
        return as_text(self)

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def _line(plain: Mapping[str, Any]) -> Line:
    deoptimisations = tuple(Deoptimisation(**_known(Deoptimisation, each)) for each in plain.get("deoptimisations", ()))
    return Line(**{**_known(Line, plain), "deoptimisations": deoptimisations, "kernels": tuple(plain.get("kernels", ()))})


def _known(record: type, plain: Mapping[str, Any]) -> dict[str, Any]:
    names: Sequence[str] = record.__slots__  # type: ignore[attr-defined]
    return {name: plain[name] for name in names if name in plain}
