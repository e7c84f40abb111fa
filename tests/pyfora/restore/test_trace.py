import linecache
import traceback

from pyfora.program.nodes import TraceFrame
from pyfora.restore.trace import attach_trace, format_trace

FRAMES = (
    TraceFrame("prices.py", 12, "<module>", "x = total(ps)"),
    TraceFrame("prices.py", 2_000_000, "total", "return 1 / n"),
    TraceFrame("<stdin>", 0, "g", ""),
)


def test_an_exception_has_a_traceback_through_the_users_lines():
    error = attach_trace(ZeroDivisionError("division by zero"), FRAMES)
    assert [(f.filename, f.lineno, f.name) for f in traceback.extract_tb(error.__traceback__)] == [
        ("prices.py", 12, "<module>"),
        ("prices.py", 2_000_000, "total"),
        ("<stdin>", 1, "g"),
    ]


def test_an_exception_raised_again_still_shows_them():
    error = attach_trace(KeyError("k"), FRAMES[:2])
    try:
        raise error
    except KeyError as caught:
        names = [frame.name for frame in traceback.extract_tb(caught.__traceback__)]
    assert names == ["test_an_exception_raised_again_still_shows_them", "<module>", "total"]


def test_lines_of_files_are_shown_without_marks_below_them(tmp_path):
    file = tmp_path / "shop.py"
    file.write_text("a = 1\nb = a / 0 + 1\n")
    error = attach_trace(ZeroDivisionError("division by zero"), [TraceFrame(str(file), 2, "f", "b = a / 0 + 1")])
    linecache.checkcache(str(file))
    text = "".join(traceback.format_exception(error))
    assert text == (
        f'Traceback (most recent call last):\n  File "{file}", line 2, in f\n    b = a / 0 + 1\nZeroDivisionError: division by zero\n'
    )
    assert format_trace("ZeroDivisionError", "division by zero", [TraceFrame(str(file), 2, "f", "b = a / 0 + 1")]) + "\n" == text


def test_no_frames_give_no_traceback():
    assert attach_trace(ValueError(), ()).__traceback__ is None
    assert format_trace("KeyError", "'k'", ()) == "KeyError: 'k'"
    assert format_trace("user.Odd", "", ()) == "user.Odd"


def test_endless_recursion_is_shortened_as_python_does():
    frames = [TraceFrame("a.py", 3, "f", "return f()")] * 500
    text = format_trace("RecursionError", "too deep", frames)
    assert text.count("return f()") == 3
    assert "[Previous line repeated 497 more times]" in text
    assert len(traceback.extract_tb(attach_trace(RecursionError(), frames).__traceback__)) == 500
