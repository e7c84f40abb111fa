"""Which programs of this suite ran as machine code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pyfora.report.explanation import Explanation


@dataclass(frozen=True, slots=True)
class Tiers:
    """What one program's run was made of, from the explanation that the runtime gives with every answer."""

    compiled: int  #: elements of comprehensions, and calls of functions, that were machine code
    refused: tuple[str, ...]  #: what the compiler could not do, and why
    in_order: tuple[str, ...]  #: what was not cut, and why
    is_numeric: bool = False

    @classmethod
    def from_explanation(cls, explanation: Explanation) -> "Tiers":
        lines = explanation.lines
        return cls(
            sum(line.compiled for line in lines),
            tuple(f"line {line.line} is interpreted: {line.why_interpreted}" for line in lines if line.why_interpreted),
            tuple(f"line {line.line} is in order: {line.why_not_cut}" for line in lines if line.why_not_cut and not line.why_interpreted),
        )

    def as_numeric(self, is_numeric: bool) -> "Tiers":
        return replace(self, is_numeric=is_numeric)

    @property
    def is_all_compiled(self) -> bool:
        return bool(self.compiled) and not self.refused


def make_table(coverage: Mapping[str, Tiers]) -> str:
    """One line a program."""
    lines = [f"{'program':72} {'numeric':8} {'compiled':>9}  what else, and why"]
    for name, tiers in sorted(coverage.items()):
        numeric = "numeric" if tiers.is_numeric else ""
        lines.append(f"{name:72} {numeric:8} {tiers.compiled:9}  {'; '.join(tiers.refused + tiers.in_order)}".rstrip())
    return "\n".join([*lines, "", summarise(coverage), ""])


def summarise(coverage: Mapping[str, Tiers]) -> str:
    compiled = sum(tiers.compiled > 0 for tiers in coverage.values())
    numeric = [tiers for tiers in coverage.values() if tiers.is_numeric]
    wholly = sum(tiers.is_all_compiled for tiers in numeric)
    shares = f"{compiled} ran compiled at least in part; {wholly} of {len(numeric)} purely numeric ones wholly"
    return f"{len(coverage)} programs, of which {shares}"
