from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pyfora.errors import WireError
from pyfora.wire import hash_of
from pyfora.wire.layout import FORMAT
from tests.ufora.gateway.fakes import a_program
from ufora.gateway.limits import Limits
from ufora.gateway.spool import Spool, TooLarge
from ufora.protocol.messages import INLINE_BYTES, PIECE_BYTES

LARGE = a_program(bytes(range(256)) * (PIECE_BYTES // 256 + 1000))


async def arriving(data: bytes, size: int = 65536) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.asyncio
async def test_a_small_program_stays_in_memory(tmp_path: Path):
    program = await Spool(tmp_path, Limits()).store(arriving(a_program(b"text"), 3))
    assert (program.data, program.path) == (a_program(b"text"), None)
    assert program.hash == hash_of(a_program(b"text"))


@pytest.mark.asyncio
async def test_a_large_program_goes_to_a_file_and_comes_back_in_pieces(tmp_path: Path):
    program = await Spool(tmp_path, Limits()).store(arriving(LARGE))
    assert (program.data, program.nbytes, program.hash) == (b"", len(LARGE), hash_of(LARGE))
    pieces = [(offset, piece) async for offset, piece in program.pieces()]
    assert [offset for offset, _ in pieces] == [0, PIECE_BYTES]
    assert b"".join(piece for _, piece in pieces) == LARGE


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [0, 5, 100, INLINE_BYTES + 1])
async def test_what_is_no_program_is_refused_and_leaves_no_file(tmp_path: Path, size: int):
    with pytest.raises(WireError, match="not a program"):
        await Spool(tmp_path, Limits()).store(arriving(b"\x00" * size))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.asyncio
async def test_a_program_of_another_format_names_who_must_upgrade(tmp_path: Path):
    with pytest.raises(WireError, match=f"program format 99, this cluster reads {FORMAT}: upgrade the cluster"):
        await Spool(tmp_path, Limits()).store(arriving(b"UFORA" + bytes([99]) + bytes(20)))


@pytest.mark.asyncio
async def test_a_program_over_the_limit_is_refused_and_its_room_is_given_back(tmp_path: Path):
    spool = Spool(tmp_path, Limits(program_bytes=len(LARGE) - 1, spool_bytes=len(LARGE)))
    with pytest.raises(TooLarge, match="up to"):
        await spool.store(arriving(LARGE))
    assert list(tmp_path.iterdir()) == []
    await spool.store(arriving(LARGE[:-1000]))


@pytest.mark.asyncio
async def test_a_full_spool_takes_programs_again_when_one_is_removed(tmp_path: Path):
    spool = Spool(tmp_path, Limits(program_bytes=10**9, spool_bytes=len(LARGE)))
    first = await spool.store(arriving(LARGE))
    with pytest.raises(TooLarge, match="full"):
        await spool.store(arriving(LARGE))
    spool.remove(first)
    await spool.store(arriving(LARGE))


@pytest.mark.asyncio
async def test_a_body_that_breaks_off_leaves_no_file(tmp_path: Path):
    async def breaking() -> AsyncIterator[bytes]:
        yield LARGE[: 2 * INLINE_BYTES]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await Spool(tmp_path, Limits()).store(breaking())
    assert list(tmp_path.iterdir()) == []


def test_files_left_behind_by_a_crash_are_deleted(tmp_path: Path):
    (tmp_path / "7.program").write_bytes(b"old")
    Spool(tmp_path, Limits(program_bytes=1, spool_bytes=1))
    assert list(tmp_path.iterdir()) == []
