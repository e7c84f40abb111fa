"""`%%remotely` in a real IPython shell, on a real gateway with workers that evaluate in plain CPython."""

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

import pyfora
from pyfora.client.magic import as_block
from tests.pyfora.client.plain_workers import PlainWorkers
from tests.ufora.gateway.fakes import RunningGateway, running_gateway


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    with running_gateway(PlainWorkers().evaluate, tmp_path) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    yield shell
    for value in shell.user_ns.values():
        if isinstance(value, pyfora.Executor):
            value.close()


def run(shell: InteractiveShell, cell: str) -> None:
    shell.run_cell(cell).raise_error()


def test_a_cell_runs_on_the_cluster_and_its_names_come_home(shell: InteractiveShell, gateway: RunningGateway) -> None:
    run(shell, "%load_ext pyfora")
    run(shell, f"executor = get_ipython().run_line_magic('remotely', '{gateway.address}')")
    run(shell, "y = 20")
    run(shell, "%%remotely\ndef double(n):\n    return 2 * n\n\nx = double(y) + 2\ntext = '''a\n  b'''\n")
    assert (shell.user_ns["x"], shell.user_ns["text"]) == (42, "a\n  b")
    assert "__remotely__" not in shell.user_ns


def test_an_executor_of_the_notebook_is_found_and_kinds_of_blocks_are_known(shell: InteractiveShell, gateway: RunningGateway) -> None:
    run(shell, "%load_ext pyfora")
    with pytest.raises(ValueError, match="no cluster to run on"):
        run(shell, "%%remotely\nx = 1")
    run(shell, f"import pyfora\nexecutor = pyfora.connect('{gateway.address}')")
    run(shell, "%%remotely remoteAll\nx = [1, 2]")
    assert isinstance(shell.user_ns["x"], pyfora.RemotePythonObject)
    run(shell, "%%remotely\ny = x[1]")
    assert shell.user_ns["y"] == 2
    with pytest.raises(ValueError, match="behind it may stand remoteAll"):
        run(shell, "%%remotely uploadAll\ny = x[1]")


def test_an_error_names_the_cells_own_line(shell: InteractiveShell, gateway: RunningGateway) -> None:
    run(shell, "%load_ext pyfora")
    run(shell, f"import pyfora\nexecutor = pyfora.connect('{gateway.address}')")
    with pytest.raises(ZeroDivisionError) as raised:
        run(shell, "%%remotely\na = 1\nb = a / 0")
    last = traceback.extract_tb(raised.value.__traceback__)[-1]
    assert last.filename.startswith("<ipython-input")
    assert (last.lineno, last.line) == (3, "b = a / 0")


@pytest.mark.parametrize(
    ("cell", "block"),
    [
        ("x = 1", "with __remotely__:\n    x = 1\n"),
        ("", "with __remotely__:\n    pass\n"),
        ("# nothing", "with __remotely__:\n    pass\n    # nothing\n"),
        ("if x:\n    y = '''\nz'''\n\nw = 1", "with __remotely__:\n    if x:\n        y = '''\nz'''\n\n    w = 1\n"),
        ("x = f'''{1}\n  {2}'''", "with __remotely__:\n    x = f'''{1}\n  {2}'''\n"),
    ],
)
def test_a_cell_becomes_the_body_of_a_block(cell: str, block: str) -> None:
    assert as_block(cell) == block
    compile(block, "cell", "exec")


def test_what_is_no_python_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        as_block("x = = 1")
