"""Results as text: a table for the terminal, and as Markdown."""

from collections.abc import Iterator, Sequence

from benchmarks.records import Result, RowResult

HEAD = ("program", "size", "who", "median", "ufora takes", "answer", "target")
MANY = 20  #: runs from which on the 95th percentile says something


def format_seconds(seconds: float) -> str:
    if seconds < 0.1:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s"


def list_lines(measured: Sequence[RowResult]) -> list[tuple[str, ...]]:
    """The table's lines below its head."""
    return [line for each in measured for line in _lines_of(each)]


def _lines_of(measured: RowResult) -> Iterator[tuple[str, ...]]:
    case, size = measured.row.case, measured.row.size
    for result in measured.results:
        yield _line(case, size, measured, result)
        if len(result.runs) >= MANY:
            yield ("", "", "  95 of 100 within", format_seconds(result.quantile(0.95)), "", "", "")
        for name, seconds in result.parts().items():
            yield ("", "", f"  {name}", format_seconds(seconds), "", "", "")
        case = size = ""


def _line(case: str, size: str, measured: RowResult, result: Result) -> tuple[str, ...]:
    if result.way.missing:
        return (case, size, result.way.name, result.way.missing, "", "", "")
    ratio = measured.ratio(result)
    return (
        case,
        size,
        result.way.name,
        format_seconds(result.median),
        "" if ratio is None else f"{ratio:.2f} × that",
        f"WRONG: {result.wrong}" if result.wrong else "right",
        _say_target(measured, result),
    )


def _say_target(measured: RowResult, result: Result) -> str:
    target, met = result.way.target, measured.is_met(result)
    if target is None:
        return ""
    said = {True: "met", False: "MISSED", None: "not compared"}[met]
    return f"{target.describe()}: {said}"


def as_text(measured: Sequence[RowResult]) -> str:
    lines = [HEAD, *list_lines(measured)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def as_markdown(measured: Sequence[RowResult], facts: Sequence[tuple[str, str]]) -> str:
    """A page: the facts of the run, then the table."""
    rows = [HEAD, ("---",) * len(HEAD), *list_lines(measured)]
    table = "\n".join("| " + " | ".join(cell.strip() for cell in row) + " |" for row in rows)
    missed = [f"{each.row.case} {each.row.size}" for each in measured for result in each.results if each.is_met(result) is False]
    verdict = f"Targets missed: {'; '.join(missed)}." if missed else "No target was missed."
    said = "\n".join(f"- {name}: {text}" for name, text in facts)
    return f"# Measured\n\n{said}\n\n{verdict} Figures are medians; \"ufora takes\" is ufora's median over the line's.\n\n{table}\n"
