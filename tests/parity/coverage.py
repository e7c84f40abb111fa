"""Which programs of this suite ran as machine code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Tiers:
    """What one program's run was made of, from the facts that the runtime gives with every answer."""

    elements: int  #: elements of comprehensions that kernels computed
    calls: int  #: calls of functions that machine code answered
    reasons: tuple[str, ...]  #: why other parts ran interpreted
    is_numeric: bool = False

    @classmethod
    def from_facts(cls, facts: Mapping[str, object]) -> "Tiers":
        elements, notes = facts.get("elements", {}), facts.get("notes", ())
        assert isinstance(elements, dict)
        assert isinstance(notes, list | tuple)
        reasons = tuple(f"line {note[1]}: {note[2]}" for note in notes if str(note[2]).startswith(("interpreted: ", "not cut: ")))
        return cls(elements.get("compiled", 0), elements.get("called", 0), reasons)

    def as_numeric(self, is_numeric: bool) -> "Tiers":
        return replace(self, is_numeric=is_numeric)

    @property
    def is_compiled(self) -> bool:
        return bool(self.elements or self.calls)

    @property
    def is_all_compiled(self) -> bool:
        return self.is_compiled and not any("interpreted: " in reason for reason in self.reasons)


def make_table(coverage: Mapping[str, Tiers]) -> str:
    """One line a program."""
    lines = [f"{'program':64} {'numeric':8} {'elements':>9} {'calls':>6}  ran interpreted, or in order, because"]
    for name, tiers in sorted(coverage.items()):
        numeric = "numeric" if tiers.is_numeric else ""
        lines.append(f"{name:64} {numeric:8} {tiers.elements:9} {tiers.calls:6}  {'; '.join(tiers.reasons)}".rstrip())
    return "\n".join([*lines, "", summarise(coverage), ""])


def summarise(coverage: Mapping[str, Tiers]) -> str:
    compiled = sum(tiers.is_compiled for tiers in coverage.values())
    numeric = [tiers for tiers in coverage.values() if tiers.is_numeric]
    wholly = sum(tiers.is_all_compiled for tiers in numeric)
    return f"{len(coverage)} programs, of which {compiled} ran compiled at least in part; {wholly} of {len(numeric)} purely numeric ones wholly"
