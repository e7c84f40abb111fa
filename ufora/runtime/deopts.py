"""Elements that machine code could not do, counted by the place where it stopped.

A worker knows a site of its kernel by number only; the driver, which has the user's code, says which line and reason that is.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deopts:
    """Of one site."""

    site: int  #: see ufora.compile.stops
    times: int  #: elements that ran interpreted for it
    first: int  #: number of the first of them


@dataclass(slots=True)
class Tally:
    """Of one run after the other. There are no more records than sites in the kernel."""

    found: dict[int, Deopts] = field(default_factory=dict)
    total: int = 0  #: elements

    def add(self, site: int, times: int, first: int) -> None:
        before = self.found.get(site, Deopts(site, 0, first))
        self.found[site] = Deopts(site, before.times + times, min(before.first, first))
        self.total += times

    def list(self) -> tuple[Deopts, ...]:
        return tuple(self.found.values())
