"""The life of the packages on a Debian machine, in its order: installed, set up, used, broken, upgraded, removed, purged."""

import json
import re
import secrets
import socket
from collections.abc import Iterator

import pytest

from tests.clusters import get
from tests.packages.cluster import (
    daemon_pid,
    hang_loop,
    is_running,
    keep_asking,
    main_pid,
    release_of,
    run_client,
    start_block,
    start_block_inside,
    start_long_block,
    use_apt,
)
from tests.packages.machine import Machine

MANAGER, WORKER, INSTANCE = "ufora-manager", "ufora-worker", "ufora-worker@30011"
TALKATIVE = """
import pyfora

executor = pyfora.connect({url!r}, token={token!r})
swordfish = {data!r}
with executor.remotely.downloadAll():
    print(swordfish)
    barracuda = [swordfish + str(number) for number in range(100000)]
assert barracuda[-1] == swordfish + "99999"
try:
    with executor.remotely.downloadAll():
        raise ValueError(swordfish)
except ValueError:
    pass
try:
    pyfora.connect({url!r}, token="not-" + {token!r})
except pyfora.ConnectionError as error:
    print("refused")
"""
"""A user's program whose names, text and token are like nothing else."""


@pytest.fixture(autouse=True)
def show_the_machine(machine: Machine, request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that fails shows what the machine's journal says."""
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed != failed:
        print(machine.say("journalctl --no-pager -o short-precise -n 60"))


def test_apt_installs_from_the_signed_repository_and_starts_the_daemons(machine: Machine) -> None:
    use_apt(machine, "now")
    machine.run("apt-get install -y ufora-manager ufora-worker")
    for unit in (MANAGER, WORKER):  # whichever came second made room, or says why it cannot run
        assert machine.show(unit, "NRestarts") == "0"
    assert machine.show(MANAGER, "ActiveState") == "active"
    assert machine.say("systemctl is-enabled ufora-manager ufora-worker") == "enabled\nenabled"
    machine.wait_for(lambda: ": 1 workers" in machine.show(MANAGER, "StatusText"))
    start_block(machine.address, 100_000).check()


def test_systemd_finds_no_fault_in_the_units(machine: Machine) -> None:
    units = "ufora-manager.service ufora-worker.service ufora-worker@30011.service"
    assert "ufora" not in machine.run(f"systemd-analyze verify {units}").stdout
    for unit in units.split():
        machine.run(f"systemd-analyze security --no-pager --threshold=20 {unit}")  # tenths


def test_a_manager_makes_room_for_a_worker_that_runs_already_and_says_so(machine: Machine) -> None:
    machine.run("systemctl stop ufora-manager && systemctl restart ufora-worker && systemctl start ufora-manager")
    assert machine.show(MANAGER, "ActiveState") == "active"
    machine.wait_for_line(MANAGER, "no worker of its own: worker.base_port: port 30009")


def test_the_second_worker_of_a_machine_says_which_setting_to_change(machine: Machine) -> None:
    machine.run("systemctl stop ufora-worker && systemctl restart ufora-manager")
    assert machine.run("systemctl start ufora-worker", check=False).returncode != 0
    assert machine.show(WORKER, "ActiveState") == "failed"
    assert machine.show(WORKER, "ExecMainStatus") == "78"
    sentence = machine.wait_for_line(WORKER, "in use already")
    assert "worker.base_port: port 30009" in sentence
    assert "UFORA_NO_WORKER" in sentence


def test_a_client_elsewhere_gets_the_right_answer_from_the_managers_own_worker(machine: Machine) -> None:
    assert ": 1 workers" in machine.wait_for(
        lambda: ": 1 workers" in machine.show(MANAGER, "StatusText") and machine.show(MANAGER, "StatusText")
    )
    start_block(machine.address, 100_000).check()


def test_an_edited_setting_is_followed_after_a_restart(machine: Machine) -> None:
    machine.run("sed -i 's/^no_worker = false/no_worker = true/' /etc/ufora/manager.toml")
    machine.run("systemctl restart ufora-manager && systemctl start ufora-worker")
    machine.wait_for(lambda: "registered" in machine.show(WORKER, "StatusText"))
    assert "port 30000: " in machine.show(MANAGER, "StatusText")
    assert "ufora.service.worker" not in machine.say(f"systemctl status --no-pager -l {MANAGER}")
    start_block(machine.address, 100_000).check()


def test_a_start_ends_when_the_ports_listen(machine: Machine) -> None:
    machine.run("systemctl restart ufora-manager")
    assert is_reached(machine)
    machine.run("systemctl restart ufora-worker")
    for port in (30009, 30010):
        socket.create_connection((machine.address, port), timeout=60).close()
    machine.wait_for(lambda: ": 1 workers" in machine.show(MANAGER, "StatusText"))


def test_several_workers_run_side_by_side(machine: Machine) -> None:
    machine.run("systemctl start ufora-worker@30011 ufora-worker@30013")
    machine.wait_for(lambda: ": 3 workers" in machine.show(MANAGER, "StatusText"))
    assert machine.say("ls /var/ufora").split() == ["manager.log", "worker-30009.log", "worker-30011.log", "worker-30013.log"]
    machine.run("systemctl stop 'ufora-worker@*'")
    machine.wait_for(lambda: ": 1 workers" in machine.show(MANAGER, "StatusText"))


@pytest.mark.parametrize("unit", [MANAGER, WORKER])
@pytest.mark.parametrize("which", ["supervisor", "daemon"])
def test_a_daemon_that_is_killed_is_started_again_and_the_block_still_returns(machine: Machine, unit: str, which: str) -> None:
    block = start_long_block(machine)
    module = unit.replace("ufora-", "ufora.service.")
    pid = main_pid(machine, unit) if which == "supervisor" else daemon_pid(machine, unit, module)
    assert pid
    machine.run(f"kill -9 {pid}")
    block.check()
    assert machine.show(unit, "ActiveState") == "active"
    assert (main_pid(machine, unit) == pid) is False
    assert daemon_pid(machine, unit, module) not in (0, pid)


def test_an_event_loop_that_hangs_is_started_again(machine: Machine) -> None:
    machine.write("/etc/systemd/system/ufora-manager.service.d/quick.conf", "[Service]\nWatchdogSec=10\n")
    machine.run("systemctl daemon-reload && systemctl restart ufora-manager")
    hung = daemon_pid(machine, MANAGER, "ufora.service.manager")
    hang_loop(machine, hung)
    machine.wait_for(lambda: daemon_pid(machine, MANAGER, "ufora.service.manager") not in (0, hung))
    machine.wait_for_line(MANAGER, "manager gave no sign of life for 10 s: killed")
    assert machine.show(MANAGER, "NRestarts") == "0"


def test_systemd_starts_a_supervisor_again_that_hangs(machine: Machine) -> None:
    hung = main_pid(machine, MANAGER)
    machine.run(f"kill -STOP {hung}")
    machine.wait_for(lambda: main_pid(machine, MANAGER) not in (0, hung) and machine.show(MANAGER, "ActiveState") == "active")
    machine.wait_for_line(MANAGER, "Watchdog timeout")
    machine.run("rm -r /etc/systemd/system/ufora-manager.service.d && systemctl daemon-reload && systemctl restart ufora-manager")
    start_block(machine.address, 100_000).check()


def test_a_reload_reads_the_settings_again_tells_systemd_and_stops_nothing(machine: Machine) -> None:
    before = daemon_pid(machine, MANAGER, "ufora.service.manager")
    machine.run("systemctl log-level debug")
    machine.run('sed -i \'s/^level = "info"/level = "debug"/\' /etc/ufora/manager.toml && systemctl reload ufora-manager')
    machine.wait_for_line(MANAGER, "log.level: 'debug' instead of 'info' takes effect now")
    machine.wait_for(lambda: machine.list_told(MANAGER, "RELOADING", "READY") == ["RELOADING", "READY"])
    machine.run("systemctl log-level info")
    assert machine.show(MANAGER, "ActiveState") == "active"
    assert daemon_pid(machine, MANAGER, "ufora.service.manager") == before


def test_a_firewall_lets_clients_and_workers_in_by_the_name_of_the_service(machine: Machine) -> None:
    machine.run("systemctl unmask firewalld && systemctl start firewalld")
    try:
        machine.wait_for(lambda: not is_reached(machine))
        machine.run("firewall-cmd --permanent --add-service=ufora-manager --add-service=ufora-worker && firewall-cmd --reload")
        machine.wait_for(lambda: is_reached(machine))
        assert "ports: 30009-30010/tcp" in machine.run("firewall-cmd --info-service=ufora-worker").stdout
    finally:
        machine.run("systemctl stop firewalld && systemctl mask firewalld")


def is_reached(machine: Machine) -> bool:
    """By a client elsewhere."""
    try:
        return bool(release_of(machine))
    except OSError:
        return False


def test_the_shell_knows_the_commands_and_man_has_pages_of_them(machine: Machine, versions: dict[str, str]) -> None:
    for command in ("ufora", MANAGER, WORKER):
        assert machine.say(f"{command} --version") == f"{command} {versions['now']}"
        assert machine.run(f"man -w {command}").returncode == 0
    for page in ("ufora-manager.toml", "ufora-worker.toml", "ufora.default"):
        assert machine.run(f"man -w 5 {page}").returncode == 0


@pytest.mark.parametrize(
    ("command", "typed", "whole"),
    [("ufora", "ch", "check-config"), (MANAGER, "--log-l", "--log-level"), (WORKER, "--worker-b", "--worker-base-port")],
)
def test_the_shell_completes_commands_and_options(machine: Machine, command: str, typed: str, whole: str) -> None:
    load = f"source /usr/share/bash-completion/bash_completion; _completion_loader {command}"
    find = f"complete -p {command} | sed 's/.*-F \\([^ ]*\\).*/\\1/'"
    ask = f'COMP_WORDS=({command} {typed}); COMP_CWORD=1; $({find}) {command} {typed} {command}; echo "${{COMPREPLY[@]}}"'
    machine.write("/run/complete.sh", f"{load}\n{ask}\n")
    assert whole in machine.run("bash /run/complete.sh").stdout.split()


def test_logs_and_journal_name_the_computation(machine: Machine) -> None:
    lines = machine.run("ufora logs -n 0 --computation c1").stdout
    assert "computation accepted [session=" in lines
    assert "worker=127.0.0.1:30009-" in lines
    assert "computation done" in machine.run("journalctl -o cat -u ufora-manager UFORA_COMPUTATION=c1").stdout


def test_logs_and_journal_hold_no_secret_and_nothing_of_the_users(machine: Machine) -> None:
    token, data = secrets.token_urlsafe(24), secrets.token_hex(12)
    machine.write("/etc/ufora/tokens", f"anna {token}\n")
    machine.write("/etc/ufora/manager.d/tokens.toml", '[keys]\ntoken_file = "/etc/ufora/tokens"\n')
    machine.run("chown ufora /etc/ufora/tokens && chmod 600 /etc/ufora/tokens")
    machine.write("/etc/ufora/worker.d/level.toml", '[log]\nlevel = "debug"\n')  # the manager's has been set before
    machine.run("systemctl restart ufora-manager ufora-worker")
    program = TALKATIVE.format(url=f"http://{machine.address}:30000", token=token, data=data)
    assert run_client(program).split() == [data, "refused"]
    machine.run("rm -r /etc/ufora/manager.d /etc/ufora/worker.d /etc/ufora/tokens && systemctl restart ufora-manager ufora-worker")
    everything = machine.run("cat /var/ufora/*.log; journalctl --no-pager -o json --all").stdout
    assert "computation done" in everything
    assert [word for word in (token, data, "swordfish", "barracuda", "isPrime") if word in everything] == []
    sessions = set(re.findall(r"session=([^ \]]+)", everything))
    assert sessions
    assert max(map(len, sessions)) < 24  # the name that opens it is longer


def test_lines_can_be_json(machine: Machine) -> None:
    machine.write("/etc/ufora/manager.d/json.toml", '[log]\nformat = "json"\n')
    machine.run("systemctl restart ufora-manager")
    start_block(machine.address, 100_000).check()
    lines = map(json.loads, machine.run("grep ^{ /var/ufora/manager.log").stdout.splitlines())
    (done,) = [line for line in lines if line["message"] == "computation done"]
    assert done["computation"] == "c1"
    machine.run("rm -r /etc/ufora/manager.d && systemctl restart ufora-manager")


def test_logs_are_rotated_and_the_daemons_go_on_in_a_new_file(machine: Machine) -> None:
    machine.run("logrotate --force /etc/logrotate.d/ufora")
    start_block(machine.address, 100_000).check()
    assert machine.say("stat -c %U /var/ufora/manager.log.1 /var/ufora/manager.log").split() == ["ufora", "ufora"]
    assert "accepted" in machine.say("cat /var/ufora/manager.log")


def test_the_client_package_works_with_the_distributions_own_libraries(machine: Machine) -> None:
    machine.run("apt-get install -y python3-pyfora")
    start_block_inside(machine, 100_000).check()
    block = start_block_inside(machine, 20_000_000)
    machine.wait_for(lambda: is_running(machine))
    machine.run(f"kill -9 {daemon_pid(machine, MANAGER, 'ufora.service.manager')}")
    assert "no longer knows this session: sending what is needed again" in block.check()


def test_an_upgrade_keeps_settings_restarts_daemons_and_the_running_block_returns(machine: Machine, versions: dict[str, str]) -> None:
    use_apt(machine, "next")
    machine.run(f"systemctl start {INSTANCE}")
    units = (MANAGER, WORKER, INSTANCE)
    before = [main_pid(machine, unit) for unit in units]
    with keep_asking(machine) as client:
        machine.run("apt-get -y upgrade")
    assert "no longer knows this session: sending what is needed again" in client.check()
    assert versions["next"] in release_of(machine)
    machine.wait_for(lambda: ": 2 workers" in machine.show(MANAGER, "StatusText"))
    assert not {0, *before} & {main_pid(machine, unit) for unit in units}
    assert machine.say(f"{WORKER} --version") == f"{WORKER} {versions['next']}"
    assert "no_worker = true" in machine.say("cat /etc/ufora/manager.toml")


def test_a_downgrade_works(machine: Machine, versions: dict[str, str]) -> None:
    use_apt(machine, "now")
    packages = " ".join(f"{name}={versions['now']}-1" for name in ("ufora-common", MANAGER, WORKER))
    machine.run(f"apt-get install -y --allow-downgrades {packages}")
    assert versions["now"] in release_of(machine)
    start_block(machine.address, 100_000).check()


def test_stopping_leaves_no_process(machine: Machine) -> None:
    machine.run("systemctl log-level debug && systemctl stop 'ufora-worker@*' ufora-worker ufora-manager")
    for unit in (MANAGER, WORKER):
        assert (machine.show(unit, "ActiveState"), machine.show(unit, "Result")) == ("inactive", "success")
        last = ["STOPPING", "EXTEND_TIMEOUT_USEC"]
        machine.wait_for(lambda unit=unit, last=last: machine.list_told(unit, *last)[-2:] == last)
    assert machine.say("pgrep -u ufora") == ""


def test_removing_keeps_settings_and_logs(machine: Machine) -> None:
    machine.run(f"systemctl start ufora-manager {INSTANCE} && apt-get remove -y ufora-common")
    assert machine.say("pgrep -u ufora") == ""
    assert "no_worker = true" in machine.say("cat /etc/ufora/manager.toml")
    assert machine.run("test -s /var/ufora/manager.log").returncode == 0


def test_purging_leaves_only_the_user(machine: Machine) -> None:
    machine.run("apt-get purge -y ufora-common ufora-manager ufora-worker python3-pyfora")
    found = machine.say("find / -xdev \\( -path /srv -o -path /proc \\) -prune -o -iname '*ufora*' -print").splitlines()
    others = ("/etc/apt", "/var/lib/apt", "/usr/share/keyrings", "/var/cache/man")  # the source itself; what man keeps of pages it showed
    left = [path for path in found if not path.startswith(others)]
    assert left == []
    assert machine.say("getent passwd ufora") != ""
    assert machine.say("systemctl list-unit-files 'ufora*' --no-legend") == ""
    with pytest.raises(OSError):
        get(f"http://{machine.address}:30000", "/version")
