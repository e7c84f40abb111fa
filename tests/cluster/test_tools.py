"""The commands, as processes, against a real cluster."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest

import pyfora
from tests.clusters import PrivateCluster, wait_until
from ufora.service import exits

FOLDER: dict[str, Path] = {}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateCluster]:
    FOLDER["here"] = tmp_path_factory.mktemp("cluster")
    with PrivateCluster(FOLDER["here"], {}) as running:
        yield running


@pytest.fixture(scope="module")
def executor(cluster: PrivateCluster) -> Iterator[pyfora.Executor]:
    with pyfora.connect(cluster.url) as executor:
        with executor.remotely.downloadAll():
            x = sum(math.sqrt(i) for i in range(2 * 10**7))
        assert x > 0
        yield executor


def ufora(cluster: PrivateCluster, *arguments: str, code: int = exits.FINE) -> str:
    """What the command prints; the address comes by the environment."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("UFORA_")}
    environment = {**kept, "UFORA_MANAGER_URL": cluster.url, "UFORA_CACHE_DIR": str(FOLDER["here"] / "of another machine")}
    done = subprocess.run([sys.executable, "-m", "ufora", *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout if code == exits.FINE else done.stdout + done.stderr


def ufora_json(cluster: PrivateCluster, *arguments: str) -> Any:
    return json.loads(ufora(cluster, *arguments, "--json"))


def test_looking_at_the_cluster(cluster, executor):
    assert "workers       1" in ufora(cluster, "status")
    assert ufora_json(cluster, "status")["workers"] == 1
    (worker,) = ufora_json(cluster, "workers")["workers"]
    assert worker["id"] in ufora(cluster, "workers")
    newest = ufora_json(cluster, "computations", "--state=done")["computations"][0]
    assert newest["source"].startswith("test_tools.py:")
    assert newest["id"] in ufora(cluster, "computations")


def test_explaining(cluster, executor):
    computation = next(each["id"] for each in ufora_json(cluster, "computations")["computations"] if each["compiled"])
    assert "math.sqrt(i)" in ufora(cluster, "explain", computation)
    assert ufora_json(cluster, "explain", computation)["lines"][0]["tier"] == "compiled"


@pytest.mark.parametrize(
    ("stage", "said"),
    [("capture", "assigns: x"), ("guarded", "__generator__(0, "), ("kernel", "define "), ("plan", "20,000,000 elements, compiled, ")],
)
def test_every_stage_can_be_shown(cluster, executor, stage, said):
    computation = next(each["id"] for each in ufora_json(cluster, "computations")["computations"] if each["compiled"])
    assert said in ufora(cluster, "show", computation, f"--stage={stage}")
    assert ufora_json(cluster, "show", computation, f"--stage={stage}")["stage"] == stage


def test_every_stage_of_one_that_runs_can_be_shown(cluster, executor):
    many = numpy.arange(300_000.0)  # more than is kept with its record
    future = executor.submit(lambda: sum(math.sqrt(i) for i in range(10**12)) + many[0])
    wait_until(lambda: ufora_json(cluster, "computations", "--state=running")["computations"])
    wait_until(lambda: '"kernels": []' not in ufora(cluster, "explain", "last", "--json"))
    assert "2,400,000 bytes" in ufora(cluster, "show", "last", "--stage=capture")
    assert "__generator__(0, " in ufora(cluster, "show", "last", "--stage=guarded")
    assert "define " in ufora(cluster, "show", "last", "--stage=kernel")
    assert "math.sqrt(i)" in ufora(cluster, "show", "last", "--stage=plan")
    assert future.cancel()
    wait_until(lambda: not ufora_json(cluster, "computations", "--state=running")["computations"])
    assert "2,400,000 bytes" in ufora(cluster, "show", "last", "--stage=capture")


def test_cancelling(cluster, executor):
    future = executor.submit(lambda: sum(math.sqrt(i) for i in range(10**12)))
    wait_until(lambda: ufora_json(cluster, "computations", "--state=running")["computations"])
    assert " is " in ufora(cluster, "cancel", "last")
    with pytest.raises(pyfora.ComputationCancelled):
        future.result()
    assert "cancelled already" in ufora(cluster, "cancel", "last", code=exits.NO)


def test_doctors(cluster, executor):
    findings = ufora_json_of_doctor(cluster)
    assert {finding["step"] for finding in findings if finding["state"] == "wrong"} <= {"registry"}  # a private one has a port of its own
    done = subprocess.run([sys.executable, "-m", "pyfora", "doctor", cluster.url], capture_output=True, text=True, check=False)
    assert (done.returncode, "answer: abs(-2) is 2 there" in done.stdout) == (0, True), done
    wrong = subprocess.run([sys.executable, "-m", "pyfora", "doctor", "http://127.0.0.1:1"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, "nothing listens" in wrong.stdout) == (1, True)


def ufora_json_of_doctor(cluster: PrivateCluster) -> list[dict[str, str]]:
    said = ufora(cluster, "doctor", "--json", code=exits.NO)
    findings: list[dict[str, str]] = json.loads(said)["findings"]
    return findings


def test_exit_codes(cluster):
    assert "begins with" in ufora(cluster, "explain", "nobody", code=exits.NO)
    assert "no manager answers" in ufora(cluster, "status", "--url=http://127.0.0.1:1", code=exits.UNAVAILABLE)
    assert "not the address" in ufora(cluster, "status", "--url=nowhere", code=exits.USAGE)
    assert "invalid choice" in ufora(cluster, "show", "last", "--stage=odd", code=exits.USAGE)
