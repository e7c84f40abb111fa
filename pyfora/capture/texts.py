"""The text that live code was compiled from, wherever Python keeps it.

    a file, a notebook cell, doctest     linecache, under the code's file name
    prompt of Python 3.13                linecache, under a name of its own for each statement
    prompt of 3.11 and 3.12              only the history of readline: the run of lines that compiles to the same code
    python -c                            the command line

What is found is only a proposal: the file may have been edited since. `sources.py` compares it with the code.
"""

import inspect
import linecache
import re
import sys
from collections.abc import Iterator, Mapping
from types import CodeType

HISTORY_LINES = 2000
"""How far back the history is searched, lines. Guessed: a long session."""
STATEMENT_LINES = 300
"""Longest statement searched for in the history, lines. Guessed."""
DECORATOR_LINES = 5
"""Most lines of decorators above a function or class at the prompt. Guessed."""


def find_texts(code: CodeType, names: Mapping[str, object]) -> Iterator[str]:
    """Texts of the whole file or cell that the code may come from, likeliest first. `names` are the module's globals."""
    yield from find_file_texts(code.co_filename, names)
    if code.co_filename.startswith("<"):
        yield from _interactive_text(code)
    if code.co_filename == "<stdin>":
        word = {"<module>": "", "<lambda>": "lambda"}.get(code.co_name, code.co_name)
        yield from find_history_texts(word, code.co_firstlineno)


def find_file_texts(path: str, names: Mapping[str, object]) -> Iterator[str]:
    """What Python keeps under a file name: as it knows it, then as it is on disk now."""
    for look_again in (False, True):
        if look_again:
            linecache.checkcache(path)
        lines = linecache.getlines(path, dict(names) if "__loader__" in names else None)
        if lines:
            yield "".join(lines)
    if path == "<string>":
        yield from _command_line_text()


def _interactive_text(code: CodeType) -> Iterator[str]:
    """Statements that a prompt registered by their code, not by a file name."""
    try:
        yield "".join(inspect.findsource(code)[0])
    except (OSError, TypeError, IndexError):
        return


def _command_line_text() -> Iterator[str]:
    for option, text in zip(sys.orig_argv, sys.orig_argv[1:], strict=False):
        if re.fullmatch(r"-[a-zA-Z]*c", option):
            yield text + "\n"
            return


def find_history_texts(word: str, line: int) -> Iterator[str]:
    """Runs of history lines that are one statement with that word near that line of it: latest first, shortest first.

    Without a word: the statement that is being run, which ends the history.
    """
    lines = _history()
    if not word:
        starts = range(len(lines) - 1, max(-1, len(lines) - 1 - STATEMENT_LINES), -1)
        for start in starts:
            yield from _statements(lines, start, len(lines))
        return
    for last in (number for number in range(len(lines) - 1, -1, -1) if word in lines[number]):
        for decorators in range(DECORATOR_LINES + 1):
            start = last - (line - 1) - decorators
            if start >= 0:
                yield from _statements(lines, start, last + 1)


def _statements(lines: list[str], start: int, least_stop: int) -> Iterator[str]:
    """The complete statements that begin with that line and end with or behind the other."""
    if not lines[start] or lines[start][0] in " \t":
        return
    for stop in range(least_stop, min(start + STATEMENT_LINES, len(lines)) + 1):
        text = "\n".join(lines[start:stop]) + "\n"
        try:
            compile(text, "<stdin>", "single")
        except (SyntaxError, ValueError):
            continue
        yield text


def _history() -> list[str]:
    readline = sys.modules.get("readline")  # a prompt with history has imported it
    if readline is None:
        return []
    length = readline.get_current_history_length()
    return [readline.get_history_item(number) or "" for number in range(max(1, length - HISTORY_LINES), length + 1)]
