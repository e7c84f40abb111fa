"""Results as text: a table for the terminal, and as Markdown."""

from collections.abc import Iterator, Sequence

from benchmarks.records import Result, RowResult, Verdict
from benchmarks.targets import C_ONE_CORE, CORES, CPYTHON, DASK, NUMBA, ONE_CORE, POOL, RAY, UFORA, C, Kind

HEAD = ("program", "size", "who", "median", "ufora takes", "answer", "target")
SUMMED_UP = (UFORA, ONE_CORE, NUMBA, C, CPYTHON, POOL, DASK, RAY)
MANY = 20  #: runs from which on the 95th percentile says something
PEERS = (
    "All have the same cores, are warm (processes started, programs compiled) and take turns. numba and C are written by hand for all"
    " cores. Pool, Dask and Ray compute in CPython, in pieces, eight for each core; they stand beside ufora at sizes that CPython can do."
)


def format_seconds(seconds: float) -> str:
    if seconds < 0.1:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s"


def list_lines(measured: Sequence[RowResult]) -> list[tuple[str, ...]]:
    """The table's lines below its head."""
    return [line for each in measured for line in _lines_of(each)]


def _lines_of(measured: RowResult) -> Iterator[tuple[str, ...]]:
    case, size = measured.case, measured.size
    for result in measured.results:
        yield _line(case, size, measured, result)
        if len(result.runs) >= MANY:
            yield ("", "", "  95 of 100 within", format_seconds(result.quantile(0.95)), "", "", "")
        for name, seconds in result.parts().items():
            yield ("", "", f"  {name}", format_seconds(seconds), "", "", "")
        for verdict in measured.judge(result):
            yield _verdict_line(verdict)
            if verdict.target.kind is Kind.PER_CORE and (own := _find_efficiency_of_c(measured)):
                yield ("", "", "  C's efficiency", "", f"{own:.2f}", "", "")
        case = size = ""


def _find_efficiency_of_c(measured: RowResult) -> float | None:
    """What C makes of the same cores in the same minutes."""
    alone, together = measured.find_median(C_ONE_CORE), measured.find_median(C)
    return alone / together / CORES if alone and together else None


def _line(case: str, size: str, measured: RowResult, result: Result) -> tuple[str, ...]:
    median, ratio = result.median, measured.find_ratio(result)
    if median is None:
        return (case, size, result.name, result.missing, "", _say_answer(result), "")
    rounds = ", one round" if len(result.runs) == 1 else ""
    return (
        case,
        size,
        result.name,
        format_seconds(median) + rounds,
        "" if ratio is None else f"{ratio:.2f} × that",
        _say_answer(result),
        "",
    )


def _say_answer(result: Result) -> str:
    if result.failed:
        return f"FAILED: {' '.join(result.failed.split())}"
    if result.wrong:
        return f"WRONG: {result.wrong}"
    return "right" if result.runs else ""


def _verdict_line(verdict: Verdict) -> tuple[str, ...]:
    target, said = verdict.target, {True: "met", False: "MISSED", None: "not compared"}[verdict.is_met]
    reached = "" if verdict.reached is None else f"{verdict.reached:.2f}"
    return ("", "", f"  {target.describe()}", "", reached, "", f"{target.describe_limit()}: {said}")


def as_text(measured: Sequence[RowResult]) -> str:
    lines = [HEAD, *list_lines(measured)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def sum_up(measured: Sequence[RowResult]) -> str:
    """How many targets were met, and each that was not; each wrong answer and each failure."""
    verdicts = [(each, verdict) for each in measured for result in each.results for verdict in each.judge(result)]
    compared = [(each, verdict) for each, verdict in verdicts if verdict.reached is not None]
    missed = [
        f"{each.case} {each.size}: {verdict.target.describe()} {verdict.reached:.2f}, {verdict.target.describe_limit()} wanted"
        + _say_efficiency_of_c(each, verdict)
        for each, verdict in compared
        if not verdict.is_met
    ]
    bad = [
        f"{each.case} {each.size}, {result.name}: {_say_answer(result)}"
        for each in measured
        for result in each.results
        if result.failed or result.wrong
    ]
    met = f"{len(compared) - len(missed)} of {len(compared)} targets were met."
    return "\n\n".join(
        [met, *_as_list("Missed:", missed), *_as_list("Without a right answer, so that targets beside them are not compared:", bad)]
    )


def _say_efficiency_of_c(measured: RowResult, verdict: Verdict) -> str:
    own = _find_efficiency_of_c(measured) if verdict.target.kind is Kind.PER_CORE else None
    return f" (C: {own:.2f})" if own else ""


def _as_list(head: str, items: Sequence[str]) -> list[str]:
    return [head + "\n\n" + "\n".join(f"- {item}" for item in items)] if items else []


def as_matrix(measured: Sequence[RowResult]) -> str:
    """A line for each row of the case, a column for each who: medians. What README shows."""
    head = ("program", "size", *SUMMED_UP)
    lines = [(each.case, each.size, *(_cell(each, name) for name in SUMMED_UP)) for each in measured if each.results]
    return _as_markdown([head, ("---",) * len(head), *lines])


def _cell(measured: RowResult, name: str) -> str:
    median = measured.find_median(name)
    return "" if median is None else format_seconds(median)


def _as_markdown(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cell.strip().replace("|", "\\|") for cell in row) + " |" for row in rows)


def as_markdown(measured: Sequence[RowResult], facts: Sequence[tuple[str, str]]) -> str:
    """A page: the facts of the run, what was reached, medians at a glance, then everything."""
    said = "\n".join(f"- {name}: {text}" for name, text in facts)
    rows = "Figures are medians; \"ufora takes\" is ufora's median over the line's, and beside a target what was reached."
    table = _as_markdown([HEAD, ("---",) * len(HEAD), *list_lines(measured)])
    parts = ("# Measured", said, sum_up(measured), PEERS, "## At a glance", as_matrix(measured), "## Each row", rows, table)
    return "\n\n".join(parts) + "\n"
