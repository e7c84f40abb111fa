"""Options of the whole suite, and what it needs of the shell that started it."""

import signal
from collections.abc import Iterator

import pytest

from tests.fuzz.search import new_seed


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz-seed", default=new_seed(), help="which random programs; every run prints it")
    parser.addoption("--fuzz-programs", type=int, default=50, help="how many random programs")


def pytest_configure() -> None:
    """Ctrl-C is tested. A shell that starts something in the background has it ignored there, and in all its children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_fault_of_the_compiler(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """In this process: it is logged, and CPython runs the code."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.name == "ufora.kernels"] == []


def pytest_report_header(config: pytest.Config) -> str:
    return f"random programs: --fuzz-seed={config.getoption('--fuzz-seed')}"
