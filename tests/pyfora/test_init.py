import subprocess
import sys

import pytest

import pyfora


def imported_by(code: str) -> set[str]:
    shown = subprocess.run([sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True)
    return set(shown.stdout.split())


def test_importing_pyfora_loads_no_network_library_and_no_numpy():
    heavy = {"requests", "urllib3", "socketio", "websocket", "numpy", "http.client", "asyncio"}
    assert not heavy & imported_by("import pyfora; pyfora.connect; pyfora.Executor; pyfora.RemotePythonObject")


def test_the_client_needs_nothing_of_the_cluster():
    loaded = imported_by("import pyfora; pyfora.connect; import pyfora.client.transport, pyfora.client.session")
    assert not {name for name in loaded if name.split(".")[0] in ("ufora", "numba", "distributed", "uvloop")}


def test_every_public_name_is_there():
    for name in set(pyfora.__all__) - {"__version__"}:
        assert getattr(pyfora, name).__name__ == name
    assert set(pyfora.__all__) == set(dir(pyfora))


def test_a_name_that_is_not_there_is_an_ordinary_attribute_error():
    with pytest.raises(AttributeError, match="module 'pyfora' has no attribute 'conect'"):
        _ = pyfora.conect
