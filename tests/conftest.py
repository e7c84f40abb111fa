"""Options of the whole suite."""

import pytest

from tests.fuzz.search import new_seed


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz-seed", default=new_seed(), help="which random programs; every run prints it")
    parser.addoption("--fuzz-programs", type=int, default=100, help="how many random programs")


def pytest_report_header(config: pytest.Config) -> str:
    return f"random programs: --fuzz-seed={config.getoption('--fuzz-seed')}"
