"""The same packages as .rpm, installed by dnf: here in a Debian machine, whose libraries a stub stands for. What dnf does is real."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packages.cluster import (
    daemon_pid,
    hang_loop,
    keep_asking,
    main_pid,
    release_of,
    start_block,
    start_block_inside,
    start_long_block,
    use_dnf,
)
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
  - python3.11dist(python-socketio) = 5.7
  - python3.11dist(requests)
  - python3.11dist(tqdm)
  - python3.11dist(urllib3)
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
    use_dnf(machine, "now")
    machine.run("dnf -y install /srv/stub/*.rpm")
    machine.run("dnf -y install ufora-manager ufora-worker python3-pyfora")
    assert [machine.show(unit, "ActiveState") for unit in UNITS] == ["inactive", "inactive"]
    assert machine.say("stat -c '%U %a' /var/ufora") == "ufora 750"


def test_packages_that_are_not_signed_are_refused(machine: Machine) -> None:
    """Those beside the repository, of which it has signed copies."""
    refused = machine.run("dnf -y reinstall --setopt=localpkg_gpgcheck=1 /srv/now/ufora-worker-*.rpm", check=False)
    assert refused.returncode != 0
    assert "is not signed" in refused.stdout


def test_the_daemons_work_for_a_client_elsewhere(machine: Machine) -> None:
    machine.write("/etc/ufora/manager.d/alone.toml", "no_worker = true\n")
    machine.run("systemctl enable --now ufora-manager ufora-worker")
    machine.wait_for(lambda: ": 1 workers" in machine.show("ufora-manager", "StatusText"))
    start_block(machine.address, 100_000).check()


def test_the_client_package_works_with_the_machines_libraries(machine: Machine) -> None:
    """Debian's Python looks elsewhere for packages than Fedora's, and has to be told."""
    start_block_inside(machine, 100_000, "PYTHONPATH=/usr/lib/python3.11/site-packages python3").check()


@pytest.mark.parametrize("unit", UNITS)
def test_a_daemon_that_is_killed_is_started_again_and_the_block_still_returns(machine: Machine, unit: str) -> None:
    block = start_long_block(machine)
    pid = main_pid(machine, unit)
    machine.run(f"kill -9 {pid}")
    block.check()
    assert machine.show(unit, "ActiveState") == "active"
    assert main_pid(machine, unit) != pid


@pytest.mark.parametrize("unit", UNITS)
def test_an_event_loop_that_hangs_is_started_again(machine: Machine, unit: str) -> None:
    module = unit.replace("ufora-", "ufora.service.")
    machine.write(f"/etc/systemd/system/{unit}.service.d/quick.conf", "[Service]\nWatchdogSec=10\n")
    machine.run(f"systemctl daemon-reload && systemctl restart {unit}")
    hung = daemon_pid(machine, unit, module)
    hang_loop(machine, hung)
    machine.wait_for(lambda: daemon_pid(machine, unit, module) not in (0, hung))
    machine.wait_for_line(unit, "gave no sign of life for 10 s: killed")
    machine.run(f"rm -r /etc/systemd/system/{unit}.service.d && systemctl daemon-reload && systemctl restart {unit}")
    start_block(machine.address, 100_000).check()


def test_a_reload_and_a_stop_do_what_they_say(machine: Machine) -> None:
    before = main_pid(machine, "ufora-manager")
    machine.run('sed -i \'s/^level = "info"/level = "debug"/\' /etc/ufora/manager.toml && systemctl reload ufora-manager')
    machine.wait_for_line("ufora-manager", "log.level: 'debug' instead of 'info' takes effect now")
    assert main_pid(machine, "ufora-manager") == before
    machine.run("systemctl stop ufora-manager ufora-worker")
    assert [machine.show(unit, "Result") for unit in UNITS] == ["success", "success"]
    assert machine.say("pgrep -u ufora") == ""
    machine.run("systemctl start ufora-manager ufora-worker")


def test_an_upgrade_keeps_settings_restarts_daemons_and_the_running_block_returns(machine: Machine, versions: dict[str, str]) -> None:
    use_dnf(machine, "next")
    with keep_asking(machine) as client:
        machine.run("dnf -y upgrade")
    assert "no longer knows this session: sending what is needed again" in client.check()
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
