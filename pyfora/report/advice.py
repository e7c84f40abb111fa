"""The one change that would help most: what the largest share of the time could be saved by."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyfora.report.progress import format_seconds

if TYPE_CHECKING:
    from pyfora.report.explanation import Explanation, Line

WORTH = 0.05
"""Advice that could save less than this share of all the time is not given. Guessed: nobody changes code for it."""
WORTH_SECONDS = 0.05  # nor for less than this
SPEED_UP = 20  # how many times faster machine code is taken to be than CPython. Measured on loops: 20-80
MANY_DEOPTS = 100  # elements; each costs about as much as a hundred compiled ones


@dataclass(frozen=True, slots=True)
class _Chance:
    seconds: float  #: that could be saved
    advice: str


def advise(explanation: "Explanation") -> str:
    """ "" when no single change would help much."""
    total = sum(explanation.seconds.values())
    best = max(_list_chances(explanation), key=lambda chance: chance.seconds, default=None)
    if best is None or best.seconds < max(WORTH * total, WORTH_SECONDS):
        return ""
    return best.advice


def _list_chances(explanation: "Explanation") -> Iterator[_Chance]:
    for line in explanation.lines:
        yield from _of_line(line)
    yield from _of_functions(explanation)
    yield from _of_kinds(explanation)


def _of_line(line: "Line") -> Iterator[_Chance]:
    where = f"{line.path}, line {line.line}"
    took = format_seconds(line.seconds)
    if line.tier != "compiled" and line.why_interpreted:
        saved = line.seconds * (1 - 1 / SPEED_UP)
        yield _Chance(saved, f"{where} took {took} in CPython because {line.why_interpreted}: without that it would run as machine code.")
    if not line.cut and line.why_not_cut:
        yield _Chance(
            line.seconds / 2, f"{where} took {took} on one core because {line.why_not_cut}: without that all cores would share it."
        )
    if line.deopts >= MANY_DEOPTS:
        first = max(line.deoptimisations, key=lambda each: each.times)
        share = line.interpreted / max(line.interpreted + line.compiled, 1)
        yield _Chance(
            line.seconds * max(share, 0.1),
            f"{where}: {line.deopts:,} elements ran twice, in machine code and again in CPython, because {first.why} "
            f"({first.path}, line {first.line}): avoid that case.",
        )


def _of_functions(explanation: "Explanation") -> Iterator[_Chance]:
    """Functions that CPython ran: how long each took is not known, only what is left when all that was timed is taken away."""
    functions = [line for line in explanation.lines if not line.seconds and line.why_interpreted]
    if functions:
        seconds = explanation.seconds.get("run", 0.0) - max((line.seconds for line in explanation.lines), default=0.0)
        first = functions[0]
        yield _Chance(
            seconds * (1 - 1 / SPEED_UP),
            f"{first.path}, line {first.line} ran in CPython because {first.why_interpreted}: without that it would run as machine code.",
        )


def _of_kinds(explanation: "Explanation") -> Iterator[_Chance]:
    seconds = explanation.seconds
    sent = seconds.get("capture", 0.0) + seconds.get("transfer", 0.0)
    yield _Chance(
        sent,
        f"{format_seconds(sent)} went into sending what the block uses: make large values on the cluster, or send them once "
        "with executor.define(value).result() and use the proxy.",
    )
    home = seconds.get("bring home", 0.0)
    yield _Chance(
        home, f"{format_seconds(home)} went into bringing the result home: leave large values on the cluster (`with executor.remotely:`)."
    )
    compiling = seconds.get("compile", 0.0)
    yield _Chance(compiling, f"{format_seconds(compiling)} went into compiling, which is kept: the same code compiles no second time.")
    waited = seconds.get("wait", 0.0)
    yield _Chance(waited, f"{format_seconds(waited)} went into waiting for earlier computations or for a worker: more workers would help.")
