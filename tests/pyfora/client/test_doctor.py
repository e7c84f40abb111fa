"""What needs no cluster; the rest is in tests/cluster/test_tools.py."""

import pytest

from pyfora import __version__
from pyfora.client.doctor import main


def test_the_client_says_which_release_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"pyfora {__version__}\n")
