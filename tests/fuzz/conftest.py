"""How many random programs, and which."""

import random

import pytest


def new_seed() -> str:
    return f"{random.SystemRandom().randrange(16**8):08x}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz-seed", default=new_seed(), help="which random programs; printed by every run")
    parser.addoption("--fuzz-programs", type=int, default=100, help="how many")


def pytest_report_header(config: pytest.Config) -> str:
    return f"random programs: --fuzz-seed={config.getoption('--fuzz-seed')}"


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--fuzz-seed"))


@pytest.fixture
def programs(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--fuzz-programs"))
