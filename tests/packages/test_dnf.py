"""The same packages as .rpm, installed by dnf: here in a Debian machine, whose libraries a stub stands for. What dnf does is real."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packages.cluster import release_of, start_block, start_long_block, use_dnf
from tests.packages.machine import Machine
from tests.packages.prepare import SRV

UNITS = ("ufora-manager", "ufora-worker")
STUB = """
name: debian-stub
arch: noarch
version: 1.0.0
maintainer: tests
description: stands for what a Debian machine has without rpm knowing
provides:
  - /bin/sh
  - /usr/bin/python3.11
  - logrotate
  - systemd
  - python(abi) = 3.11
  - python3.11dist(msgpack)
  - python3.11dist(python-socketio)
  - python3.11dist(requests)
  - python3.11dist(websocket-client)
"""


@pytest.fixture(scope="module", autouse=True)
def stub() -> None:
    folder = SRV / "stub"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "nfpm.yaml").write_text(STUB)
    subprocess.run(["nfpm", "package", "--config", "nfpm.yaml", "--packager", "rpm"], cwd=folder, check=True, env=with_tools())


def with_tools() -> dict[str, str]:
    """nfpm is installed beside this Python."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def test_dnf_installs_and_leaves_the_start_to_the_administrator(machine: Machine) -> None:
    machine.run("rpm --import /srv/now/dnf/ufora.asc; rpm -i /srv/stub/*.rpm")
    use_dnf(machine, "now")
    machine.run("dnf -y install ufora-manager ufora-worker python3-pyfora")
    assert [machine.show(unit, "ActiveState") for unit in UNITS] == ["inactive", "inactive"]
    assert machine.say("stat -c '%U %a' /var/ufora") == "ufora 750"


def test_the_daemons_work_for_a_client_elsewhere(machine: Machine) -> None:
    machine.write("/etc/ufora/manager.d/alone.toml", "no_worker = true\n")
    machine.run("systemctl enable --now ufora-manager ufora-worker")
    machine.wait_for(lambda: ": 1 workers" in machine.show("ufora-manager", "StatusText"))
    start_block(machine.address, 100_000).check()


def test_an_upgrade_keeps_settings_restarts_daemons_and_the_running_block_returns(machine: Machine, versions: dict[str, str]) -> None:
    machine.run('sed -i \'s/^level = "info"/level = "debug"/\' /etc/ufora/manager.toml')
    use_dnf(machine, "next")
    block = start_long_block(machine, 40_000_000)
    machine.run("dnf -y upgrade")
    assert "no longer knows this session: sending what is needed again" in block.check()
    assert versions["next"] in release_of(machine)
    assert 'level = "debug"' in machine.say("cat /etc/ufora/manager.toml")


def test_a_downgrade_works(machine: Machine, versions: dict[str, str]) -> None:
    use_dnf(machine, "now")
    machine.run("dnf -y distro-sync")
    assert versions["now"] in release_of(machine)
    start_block(machine.address, 100_000).check()


def test_erasing_stops_the_daemons_and_keeps_edited_settings_and_the_user(machine: Machine) -> None:
    machine.run("dnf -y remove ufora-common")
    assert machine.say("pgrep -u ufora") == ""
    assert machine.run("test -e /etc/ufora/manager.toml.rpmsave").returncode == 0
    assert machine.run("test ! -e /usr/lib/ufora/ufora").returncode == 0
    assert machine.say("getent passwd ufora") != ""
    assert machine.say("systemctl list-unit-files 'ufora*' --no-legend") == ""
