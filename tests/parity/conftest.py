"""Every program runs on the product in one process, on a cluster as shipped, and on one that compiles and cuts all it can."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfora
from tests.clusters import PrivateCluster
from tests.parity.coverage import Tiers, make_table, summarise
from tests.parity.products import Product, open_form

FORMS = ("in one process", "on a cluster", "on a cluster in 7 slices")
WAYS = {
    "interpreted": {"UFORA_WORKER_COMPILE": "never", "UFORA_WORKER_CUT": "always"},
    "compiled": {"UFORA_WORKER_COMPILE": "always", "UFORA_WORKER_CUT": "always"},
    "as shipped": {},
}
COVERAGE = pytest.StashKey[dict[str, Tiers]]()


@pytest.fixture(scope="session", params=FORMS)
def products(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Product]]:
    with open_form(request.param, tmp_path_factory.mktemp("cluster")) as products:
        yield products


@pytest.fixture(scope="session", params=WAYS, ids=str)
def executor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[pyfora.Executor]:
    """For what only a client sees: tracebacks, and when text arrives."""
    folder = tmp_path_factory.mktemp("cluster")
    with PrivateCluster(folder, WAYS[request.param]) as cluster, pyfora.connect(cluster.url) as executor:
        yield executor


@pytest.fixture(scope="session")
def coverage(request: pytest.FixtureRequest) -> dict[str, Tiers]:
    """What each program's run was made of."""
    return request.config.stash.setdefault(COVERAGE, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    coverage = config.stash.get(COVERAGE, {})
    if coverage:
        table = Path(config.cache.mkdir("parity"), "coverage.txt") if config.cache else None
        if table is not None:
            table.write_text(make_table(coverage), "utf-8")
        terminalreporter.write_line(f"parity: {summarise(coverage)}; each: {table}")
