"""Counting the words of a long text that is on the cluster, or in the processes.

All have the text before they are timed, as a file read into memory, and nobody has its lines: peers cut their stretch of text into lines
within the timing, as CPython and ufora do with the whole.
"""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from benchmarks.peers import small_row
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import AHEAD, AS_INTERPRETED
from benchmarks.teams import Team, cut
from pyfora import Executor, RemotePythonObject

Counts = dict[str, int]
PARTS = 16
LINE_WORDS = 12


def count_words(lines: list[str]) -> Counts:
    counts: Counts = {}
    for line in lines:
        for word in line.split():
            counts[word] = counts.get(word, 0) + 1
    return counts


def add_up(parts: list[Counts]) -> Counts:
    counts: Counts = {}
    for part in parts:
        for word, count in part.items():
            counts[word] = counts.get(word, 0) + count
    return counts


def count_in_parts(text: str) -> Counts:
    lines = text.split("\n")
    size = len(lines) // PARTS + 1
    return add_up([count_words(lines[k * size : (k + 1) * size]) for k in range(PARTS)])


def count_remotely(executor: Executor, text: RemotePythonObject) -> Counts:
    with executor.remotely.downloadAll():
        counts = count_in_parts(text)  # type: ignore[arg-type]
    return counts


@cache
def make_text(size: int) -> str:
    """Some 5,000 different words, in lines."""
    words = [f"word{i * i % 9973}" for i in range(LINE_WORDS * 2000)]
    page = "\n".join(" ".join(words[at : at + LINE_WORDS]) for at in range(0, len(words), LINE_WORDS)) + "\n"
    return page * (size // len(page) + 1)


def cut_text(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of whole lines, about equally long."""
    yield from pairwise([0, *(text.rindex("\n", 0, stop) + 1 for _, stop in cut(len(text))[:-1]), len(text)])


def count_piece(piece: tuple[int, int, int]) -> Counts:
    """Each process keeps the text that it has made, over the rounds: a program for them would read it from a file."""
    size, start, stop = piece
    return count_words(make_text(size)[start:stop].split("\n"))


def count_with_team(team: Team, size: int, stretches: list[tuple[int, int]]) -> Counts:
    return add_up(team.map(count_piece, [(size, *each) for each in stretches]))


def rows(stage: Stage) -> list[Row]:
    size = stage.choose(10**5, 10**8)
    text = make_text(size)
    stretches, there = list(cut_text(text)), stage.executor.define(text).result()
    return [
        small_row(
            stage,
            ("words", f"{size:,} characters"),
            lambda executor: count_remotely(executor, there),
            equals(count_in_parts(text)),
            lambda: count_in_parts(text),
            lambda team: count_with_team(team, size, stretches),
            targets=(AS_INTERPRETED, AHEAD),
        )
    ]
