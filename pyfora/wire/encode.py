"""Bytes from a Program."""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any

import msgpack

from pyfora.errors import InternalError
from pyfora.program.nodes import Buffer, LazyBuffer, Program, Source
from pyfora.wire.fields import FIELDS
from pyfora.wire.layout import (
    ALIGN,
    BIG_INT,
    COMPLEX,
    ENTRY_TAGS,
    ENTRY_TYPES,
    FORMAT,
    MAGIC,
    NODE_TAGS,
    NODE_TYPES,
    PRELUDE,
    padding_after,
    total_size,
)

PIECE_BYTES = 4 * 2**20
"""Largest piece handed out, bytes. Guessed: a few milliseconds of copying each."""


def encode_program(program: Program) -> Iterator[bytes | memoryview]:
    """The bytes in pieces of at most PIECE_BYTES, but for the header; lazy buffers are made while they are sent."""
    header = _pack_header(program)
    prelude = PRELUDE.pack(MAGIC, FORMAT, len(header)) + header
    yield prelude + bytes(padding_after(len(prelude)))
    for buffer in program.buffers:
        nbytes = 0
        for piece in _cut(buffer):
            nbytes += len(piece)
            yield piece
        if nbytes != _size_of(buffer):
            raise InternalError(f"a buffer announced as {_size_of(buffer)} bytes gave {nbytes}")
        if nbytes % ALIGN:
            yield bytes(padding_after(nbytes))


def program_bytes(program: Program) -> bytes:
    return b"".join(encode_program(program))


def program_size(program: Program) -> int:
    """How many bytes `encode_program` gives; no buffer is made for it."""
    return total_size(len(_pack_header(program)), map(_size_of, program.buffers))


def hash_of(data: bytes | bytearray | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()


def _pack_header(program: Program) -> bytes:
    packer = msgpack.Packer(autoreset=False, default=_pack_scalar, unicode_errors="surrogatepass")
    sizes = [_size_of(buffer) for buffer in program.buffers]
    packer.pack((len(program.sources), len(program.nodes), struct.pack(f"<{len(sizes)}Q", *sizes)))
    packer.pack((ENTRY_TAGS[type(program.entry)], *_WRITERS[type(program.entry)](program.entry)))
    for source in program.sources:
        packer.pack(_WRITERS[Source](source))
    for node in program.nodes:
        packer.pack((NODE_TAGS[type(node)], *_WRITERS[type(node)](node)))
    header: bytes = packer.bytes()
    return header


def _pack_scalar(value: object) -> msgpack.ExtType:
    """What msgpack itself cannot hold."""
    if isinstance(value, int):
        return msgpack.ExtType(BIG_INT, value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))
    if isinstance(value, complex):
        return msgpack.ExtType(COMPLEX, struct.pack("<dd", value.real, value.imag))
    raise InternalError(f"a Program holds a {type(value).__name__}, which is not plain data")


def _make_writer(record: type[Any]) -> Any:
    """A function from a record to the sequence of its fields as msgpack takes them."""
    names = [field.name for field in FIELDS[record]]
    read_all = attrgetter(*names)
    if len(names) == 1:
        write_one = FIELDS[record][0].kind.write
        return lambda value: (write_one(read_all(value)) if write_one else read_all(value),)
    special = [(index, field.kind.write) for index, field in enumerate(FIELDS[record]) if field.kind.write]
    if not special:
        return read_all

    def write(value: object) -> list[Any]:
        written = list(read_all(value))
        for index, write_field in special:
            written[index] = write_field(written[index])
        return written

    return write


_WRITERS = {record: _make_writer(record) for record in (*NODE_TYPES, *ENTRY_TYPES, Source)}


def _size_of(buffer: Buffer) -> int:
    return len(buffer) if isinstance(buffer, bytes) else buffer.nbytes


def _cut(buffer: Buffer) -> Iterator[bytes | memoryview]:
    wholes: Iterable[bytes | memoryview] = buffer.pieces() if isinstance(buffer, LazyBuffer) else (buffer,)
    for whole in wholes:
        view = memoryview(whole).cast("B")
        for start in range(0, len(view), PIECE_BYTES):
            yield view[start : start + PIECE_BYTES]
