"""Options of the whole suite, and what it needs of the shell that started it."""

import signal

import pytest

from tests.fuzz.search import new_seed


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz-seed", default=new_seed(), help="which random programs; every run prints it")
    parser.addoption("--fuzz-programs", type=int, default=50, help="how many random programs")


def pytest_configure() -> None:
    """Ctrl-C is tested. A shell that starts something in the background has it ignored there, and in all its children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header(config: pytest.Config) -> str:
    return f"random programs: --fuzz-seed={config.getoption('--fuzz-seed')}"
