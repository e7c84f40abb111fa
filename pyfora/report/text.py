"""An explanation in words, for terminals and for notebooks."""

import html
from typing import TYPE_CHECKING

from pyfora.report.progress import format_seconds

if TYPE_CHECKING:
    from pyfora.report.explanation import Explanation, Line

SHOWN = 20  #: lines told at most, those that took most time


def as_text(explanation: "Explanation") -> str:
    """Several lines, without a line end at the last."""
    said = [_seconds(explanation)]
    for line in explanation.lines[:SHOWN]:
        said += ["", f"{line.path}, line {line.line}: {line.text}", *(f"    {each}" for each in _describe(line))]
    if len(explanation.lines) > SHOWN:
        said += ["", f"… and {len(explanation.lines) - SHOWN} more lines, which took less time."]
    if explanation.advice:
        said += ["", f"What would help most: {explanation.advice}"]
    return "\n".join(said)


def as_html(explanation: "Explanation") -> str:
    """A fragment without scripts; all text is escaped."""
    rows = "".join(
        f"<tr><td>{html.escape(f'{line.path}:{line.line}')}</td><td><code>{html.escape(line.text)}</code></td>"
        f"<td>{'<br>'.join(html.escape(each) for each in _describe(line))}</td></tr>"
        for line in explanation.lines[:SHOWN]
    )
    advice = f"<p><b>What would help most:</b> {html.escape(explanation.advice)}</p>" if explanation.advice else ""
    head = "<tr><th>line</th><th>source</th><th>what happened</th></tr>"
    return f"<p>{html.escape(_seconds(explanation))}</p><table>{head}{rows}</table>{advice}"


def _seconds(explanation: "Explanation") -> str:
    spent = [f"{kind} {format_seconds(seconds)}" for kind, seconds in explanation.seconds.items() if seconds >= 0.0005]
    total = f"{format_seconds(sum(explanation.seconds.values()))} in all"
    busy = f" The slices kept {explanation.cores} cores busy for {format_seconds(explanation.core_seconds)}." if explanation.cores else ""
    return f"{total}{': ' if spent else ''}{', '.join(spent)}.{busy}"


def _describe(line: "Line") -> list[str]:
    took = f"{format_seconds(line.seconds)}, " if line.seconds else ""
    said = [f"{_times(line)}{took}{_tier(line)}, {_cut(line)}"]
    for each in line.deoptimisations:
        all_of_them = f"{line.compiled + line.interpreted:,} {'calls' if each.first is None else 'elements'}"
        first = "" if each.first is None else f", first element {each.first:,}"
        path = "" if each.path == line.path else f" {each.path},"
        said.append(f"{each.times:,} of {all_of_them} left machine code{first},{path} line {each.line}: {each.why}")
    return said


def _times(line: "Line") -> str:
    return f"{line.times:,} times, " if line.times > 1 else ""


def _tier(line: "Line") -> str:
    why = f" because {line.why_interpreted}" if line.why_interpreted else ""
    match line.tier:
        case "compiled":
            return "compiled"
        case "both":
            return f"compiled for {line.compiled:,} elements, interpreted for {line.interpreted:,}{why}"
        case _:
            return f"interpreted{why}"


def _cut(line: "Line") -> str:
    if line.cut:
        return f"cut into {line.slices:,} slice{'s' if line.slices > 1 else ''}"
    return f"not cut because {line.why_not_cut}" if line.why_not_cut else "not cut: it was over too soon to share"
