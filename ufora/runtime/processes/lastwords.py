"""How a child died, as it wrote down itself.

A child that crashes (a segmentation fault, the end of the stack in C code) has `faulthandler` write the Python lines it was at into a file
in memory, whose other end the worker holds. One that is killed from outside writes nothing.
"""

import faulthandler
import os
import re
from pathlib import Path
from typing import BinaryIO

READ_BYTES = 64 * 1024  #: of last words; faulthandler writes at most 100 frames
FRAME = re.compile(r'^  File "(.+)", line (\d+) in (.+)$', re.MULTILINE)
OURS = tuple(f"{Path(__file__).resolve().parents[3] / package}{os.sep}" for package in ("pyfora", "ufora"))
LIBRARY = f"{Path(os.__file__).resolve().parent}{os.sep}"


def open_last_words() -> BinaryIO:
    return os.fdopen(os.memfd_create("ufora-last-words"), "r+b", buffering=0)


def write_when_dying(file: int) -> None:
    """In the child: should it crash, its last words go to this open file."""
    faulthandler.enable(file, all_threads=False)


def read_last_words(file: BinaryIO) -> str:
    """What became of a dead child, as the end of a sentence: " of a segmentation fault at prices.py, line 12, in total"."""
    text = os.pread(file.fileno(), READ_BYTES, 0).decode(errors="replace")
    if not text.startswith("Fatal Python error: "):
        return ": it was ended from outside, as the system does with a process that needs more memory than there is"
    what = text.partition(": ")[2].partition("\n")[0].lower()
    frames = [found for found in FRAME.findall(text) if not found[0].startswith((*OURS, LIBRARY, "<frozen"))]
    where = "{}, line {}, in {}".format(*frames[0]) if frames else "a place that is not known"
    return f" of a {what} at {where}"
