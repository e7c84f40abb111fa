"""Where machine code stops and why, as the kernel and the user say it.

    while lowering   frame.stop_if(wrong, "the result of * exceeds 64 bits")   numbers a Site: whose code, which line of it, why
    while running    the rare branch leaves that number in the argument record (flag.py), the run gives it as `LoopRun.site`
    afterwards       find_stop(kernel.sites, loop, number) is a Stop: path, line, why

Lines are counted from the first line of the code they stand in, and paths are not kept: machine code is shared by loops of the same text
wherever it stands (keys.py). Owners are numbered in a fixed order: the loop itself, then its functions as `list_bindings` meets them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ufora.compile.given import list_bindings
from ufora.compile.spec import Code, Instance, Loop

NO_SITE = 0
"""Of a run that did not stop, was asked to stop, or could not begin."""
UNFIT = "one of the numbers it starts from exceeds 64 bits"


@dataclass(frozen=True, slots=True)
class Site:
    owner: int  #: of `list_owners`
    line: int  #: behind the owner's first
    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """For the user."""

    path: str
    line: int  #: from 1
    why: str


class Sites:
    """Those of one kernel while it is written, numbered from 1."""

    def __init__(self, loop: Loop) -> None:
        self._owners = {id(owner): number for number, owner in enumerate(list_owners(loop))}
        self._found: dict[Site, int] = {}

    def number(self, owner: Loop | Code, line: int, why: str) -> int:
        site = Site(self._owners[id(owner)], line - owner.tree.lineno, why)
        return self._found.setdefault(site, len(self._found) + 1)

    def list(self) -> tuple[Site, ...]:
        return tuple(self._found)


def find_stop(sites: Sequence[Site], loop: Loop, number: int) -> Stop:
    """What site `number` of a kernel means for the loop that it ran."""
    if number == NO_SITE:
        return Stop(loop.path, loop.tree.lineno, UNFIT)
    site = sites[number - 1]
    owner = list_owners(loop)[site.owner]
    return Stop(owner.path, owner.tree.lineno + site.line, site.why)


def list_owners(loop: Loop) -> list[Loop | Code]:
    """All that a kernel's lines stand in, each once."""
    seen: set[int] = set()
    return [loop, *_codes(loop, seen)]


def _codes(owner: Loop | Code | Instance, seen: set[int]) -> Iterator[Code]:
    for binding in list_bindings(owner):
        if isinstance(binding, Code | Instance) and id(binding) not in seen:
            seen.add(id(binding))
            if isinstance(binding, Code):
                yield binding
            yield from _codes(binding, seen)
