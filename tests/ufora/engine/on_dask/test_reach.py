import socket
from contextlib import ExitStack, closing

import pytest
from clusters_for_tests import find_two_free_ports

from ufora.engine.on_dask.reach import find_obstacle, find_silence


@pytest.mark.parametrize(("listening", "missing"), [((0, 1), None), ((0,), 1), ((1,), 0), ((), 0)])
@pytest.mark.asyncio
async def test_both_ports_must_take_connections(listening, missing):
    first = find_two_free_ports()
    with ExitStack() as opened:
        for each in listening:
            opened.enter_context(closing(socket.create_server(("127.0.0.1", first + each))))
        said = await find_obstacle(f"127.0.0.1:{first}")
    if missing is None:
        assert said == ""
    else:
        assert said.startswith(
            f"the manager cannot reach it at 127.0.0.1 port {first + missing} (Connection refused): set worker.own_address "
        )


@pytest.mark.asyncio
async def test_a_name_that_is_nobodys_is_told():
    assert "cannot reach it at nobody.invalid port 30009 (" in await find_obstacle("nobody.invalid:30009")


@pytest.mark.asyncio
async def test_why_a_manager_does_not_answer():
    with socket.create_server(("127.0.0.1", 0)) as manager:
        address = f"127.0.0.1:{manager.getsockname()[1]}"
        assert await find_silence(address) == ""
    assert await find_silence(address) == " (Connection refused)"
    assert "[" not in await find_silence("nobody.invalid:30002")
