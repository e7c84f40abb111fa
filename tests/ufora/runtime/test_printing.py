"""What remote code prints is what Python's `print` writes."""

import contextlib
import io

import pytest

from ufora.runtime.guard.stopping import CannotPrint, Refused, start_again
from ufora.runtime.printing import Printing


def test_text_is_kept_in_order_and_taken_once() -> None:
    printing, expected = Printing(), io.StringIO()
    with contextlib.redirect_stdout(expected):
        print(1, "a", sep="-")
        print(end="")
        print([2.5], flush=True)
    printing.print(1, "a", sep="-")
    printing.print(end="")
    printing.print([2.5], flush=True)
    assert printing.take() == expected.getvalue()
    assert printing.take() == ""


def test_printing_into_a_file_is_refused() -> None:
    with pytest.raises(Refused, match="file"):
        Printing().print("x", file=io.StringIO())


def test_in_a_copy_of_the_process_nothing_is_printed():
    printing = Printing()
    printing.close()
    with pytest.raises(CannotPrint):
        printing.print("lost")
    start_again()
