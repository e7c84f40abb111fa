"""Answers of the API as text for people."""

from collections.abc import Sequence
from typing import Any

from pyfora.report.progress import format_seconds


def show_bytes(amount: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 99.5 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in [header, *rows]]
    return "\n".join(lines)


def show_status(told: dict[str, Any]) -> str:
    memory = f"{show_bytes(told['memory_used_bytes'])} of {show_bytes(told['memory_bytes'])}"
    access = "asks for a token" if told["needs_token"] else "no accounts: whoever reaches it may compute"
    lines = [
        ("manager", f"ufora {told['version']}, Python {told['python']}, up for {format_seconds(told['now'] - told['started'])}"),
        ("access", access),
        ("workers", f"{told['workers']}"),
        ("cores", f"{told['cores_busy']:.1f} of {told['cores']} busy"),
        ("memory", memory),
        ("sessions", f"{told['sessions']}"),
        ("computations", f"{told['running']} running, {told['waiting']} waiting"),
    ]
    return "\n".join(f"{name.ljust(14)}{text}" for name, text in lines)


def show_workers(workers: Sequence[dict[str, Any]], now: float) -> str:
    if not workers:
        return "no worker has joined yet: start one with UFORA_MANAGER_ADDRESS=name.of.the.manager ufora run"
    rows = [
        [
            worker["id"],
            worker["state"],
            f"{worker['cores_busy'] or 0:.1f} of {worker['cores']}",
            f"{show_bytes(worker['memory_used_bytes'] or 0)} of {show_bytes(worker['memory_bytes'])}",
            worker["version"],
            worker["python"] or "?",
            f"{format_seconds(max(0.0, now - worker['joined']))} ago",
            f"{format_seconds(max(0.0, now - worker['heard']))} ago",
        ]
        for worker in workers
    ]
    return show_table(["WORKER", "STATE", "CORES BUSY", "MEMORY", "UFORA", "PYTHON", "JOINED", "HEARD"], rows)


def show_computations(computations: Sequence[dict[str, Any]], now: float) -> str:
    if not computations:
        return "none"
    rows = [
        [
            each["id"],
            "raised" if each["raised"] else each["state"],
            _show_progress(each),
            _show_share(each),
            _show_time(each, now),
            each["source"] or "?",
            each["owner"] or "?",
        ]
        for each in computations
    ]
    return show_table(["COMPUTATION", "STATE", "PROGRESS", "COMPILED", "TIME", "SOURCE", "OWNER"], rows)


def _show_progress(told: dict[str, Any]) -> str:
    progress = told["progress"]
    if progress is None or progress["fraction"] is None:
        return "-"
    left = progress["seconds_left"]
    return f"{100 * progress['fraction']:.0f} %" + (f", {format_seconds(left)} left" if left is not None else "")


def _show_share(told: dict[str, Any]) -> str:
    elements = told["compiled"] + told["interpreted"]
    return f"{100 * told['compiled'] / elements:.0f} %" if elements else "-"


def _show_time(told: dict[str, Any], now: float) -> str:
    return "-" if told["started"] is None else format_seconds(max(0.0, (told["ended"] or now) - told["started"]))
