"""numpy without the ways in which Python code reads memory as it is.

Guarded code may use numpy, and numpy's C code trusts whom it serves: an array interface is an address, `ndarray(shape, object, buffer)`
reads numbers as pointers. This cannot be kept from code by hiding names, because numpy itself asks objects. So before guarded code runs in
a process, these doors are closed in numpy for the whole process:

    an array interface                       must have an item whose name nobody knows
    numpy.ndarray(…)                         makes nothing, whoever gets hold of the class
    as_strided                               broadcasts and does nothing else
    the entropy of unseeded generators       is always the same number

What is closed here is refused in words where code names it; this is the wall behind.
"""

import ctypes
import functools
import mmap
import os
import secrets
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy
import numpy.random.bit_generator

from pyfora.errors import InternalError

_NEEDED = b"typestr"
"""The item that every array interface must have; an interface may be given as any object's attribute."""
_TP_NEW = 39
"""Where a type's constructor stands among its machine words; Include/cpython/object.h, the same in CPython 3.11 to 3.13."""
_WORD = ctypes.sizeof(ctypes.c_void_p)
_READ, _READ_WRITE = mmap.PROT_READ, mmap.PROT_READ | mmap.PROT_WRITE


@functools.cache
def close_numpy_doors() -> None:
    """Once per process; children that are forked later have them closed too. Raises InternalError for a numpy of unknown build."""
    _shut_interfaces()
    _take_constructor()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "numpy" and "as_strided" in vars(module):
            vars(module)["as_strided"] = _broadcast
    vars(numpy.random.bit_generator)["randbits"] = lambda count: 0


def _shut_interfaces() -> None:
    """Let numpy's core look for another item; its name is drawn anew in each worker and told to nobody."""
    for start, stop in list(_constants()):
        memory = (ctypes.c_char * (stop - start)).from_address(start)
        at = memory.raw.find(b"\0" + _NEEDED + b"\0")
        if at >= 0:
            _overwrite(start + at + 1, secrets.token_hex(len(_NEEDED))[: len(_NEEDED)].encode())
    known = numpy.zeros(1)
    interface = {"data": known.__array_interface__["data"], "shape": (1,), "typestr": "<f8", "version": 3}
    try:
        read = numpy.array(SimpleNamespace(__array_interface__=interface))
    except ValueError:
        return
    raise InternalError(f"numpy {numpy.__version__} still reads memory by an array interface ({read.dtype}): its build is not known here")


def _overwrite(address: int, data: bytes) -> None:
    page = os.sysconf("SC_PAGESIZE")
    first = address // page * page
    size = address + len(data) - first
    libc = ctypes.CDLL(None, use_errno=True)
    for access in (_READ_WRITE, _READ):
        if access == _READ:
            ctypes.memmove(address, data, len(data))
        if libc.mprotect(ctypes.c_void_p(first), ctypes.c_size_t(size), access):
            raise InternalError(f"the memory of numpy's constants cannot be changed: {os.strerror(ctypes.get_errno())}")


def _constants() -> Iterator[tuple[int, int]]:
    """Where numpy's core keeps its constants: the read-only parts of its file in memory."""
    core: Any = sys.modules.get("numpy._core._multiarray_umath") or sys.modules["numpy.core._multiarray_umath"]
    with open("/proc/self/maps") as maps:
        for line in maps:
            span, access, _, _, _, *name = line.split(maxsplit=5)
            if name and name[0].strip() == core.__file__ and access.startswith("r-"):
                start, stop = (int(text, 16) for text in span.split("-"))
                yield start, stop


def _take_constructor() -> None:
    """Give `ndarray` the constructor of None's type, which makes nothing. numpy's own functions make arrays without it."""
    ndarray, nothing = (ctypes.c_void_p.from_address(id(cls) + _TP_NEW * _WORD) for cls in (numpy.ndarray, type(None)))
    if ndarray.value is None or nothing.value is None:
        raise InternalError("this Python does not keep a type's constructor where this release of ufora looks for it")
    ndarray.value = nothing.value


def _broadcast(x: Any, shape: Any = None, strides: Any = None, subok: bool = False, writeable: bool = True) -> Any:
    """What numpy itself uses `as_strided` for: one item as an array of any shape."""
    if strides is not None and any(strides):
        raise ValueError("an array's memory cannot be read in strides of one's own on the cluster")
    return numpy.broadcast_to(numpy.asarray(x).reshape(-1)[0], shape)
