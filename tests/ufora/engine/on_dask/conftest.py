import pytest

from ufora.engine.on_dask import strangers
from ufora.engine.seldom import Seldom


@pytest.fixture(autouse=True)
def nothing_told_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers of an earlier test had the same address."""
    monkeypatch.setattr(strangers, "seldom", Seldom())
