"""The units, without booting: what systemd says of them, and that they say the same."""

import re
import subprocess
from pathlib import Path

import pytest

from ufora.service.config import WorkerConfig
from ufora.service.relay import STOP_MARGIN_SECONDS
from ufora.service.supervisor import STOP_SECONDS

FOLDER = Path(__file__).resolve().parents[2] / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
MOST_EXPOSURE = 20  # tenths


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_little_exposed(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSURE}", "--no-pager", unit]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_services_are_the_same_but_for_their_command() -> None:
    bodies = {re.sub(r"ExecStart=.*", "", unit.read_text().partition("[Service]")[2]) for unit in UNITS}
    assert len(bodies) == 1


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_waits_as_long_as_its_daemons_take_to_stop(unit: Path) -> None:
    found = re.search(r"TimeoutStopSec=(\d+)", unit.read_text())
    assert found
    assert int(found[1]) > WorkerConfig().worker_drain + STOP_SECONDS + STOP_MARGIN_SECONDS
