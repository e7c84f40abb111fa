"""Every code block of the documentation is run, or at least read by what it is written for.

The Python blocks of a page are one program, run on a private cluster; a block titled "output" is what the program has printed since the
one before. Commands that look at a cluster are run; those that would start one or set up the machine are only parsed.
"""

import itertools
import json
import math
import os
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli
import yaml

import pyfora
from tests.clusters import PrivateCluster
from tests.docs.blocks import PAGES, ROOT, CodeBlock, list_blocks, name
from ufora.service import cli
from ufora.service.config import ManagerConfig, WorkerConfig
from ufora.service.settings import list_kinds, read_toml

KINDS = {"python", "console", "text", "toml", "yaml"}
DOCUMENTED_URL = "http://localhost:30000"
LOOKING = {"status", "workers", "computations", "explain", "show", "check-config"}
MARK = "---- behind line"
RECORDS = {"manager.toml": ManagerConfig, "worker.toml": WorkerConfig}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateCluster]:
    with PrivateCluster(tmp_path_factory.mktemp("cluster"), {}) as running:
        yield running


def compute_something_to_look_at(url: str) -> None:
    with pyfora.connect(url) as executor, executor.remotely.downloadAll():
        x = sum(math.sqrt(i) for i in range(10**7))
    assert x


@pytest.mark.parametrize("page", [page for page in PAGES if any(block.kind == "python" for block in list_blocks(page))], ids=name)
def test_the_programs_print_what_the_page_says(page: Path, cluster: PrivateCluster, tmp_path: Path):
    blocks = [block for block in list_blocks(page) if block.kind == "python" or block.title == "output"]
    program = "".join(f"{block.text}\nprint({MARK!r}, {block.line})\n" if block.kind == "python" else "" for block in blocks).replace(
        DOCUMENTED_URL, cluster.url
    )
    path = tmp_path / f"{page.stem}.py"
    path.write_text(program, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    printed = split_output(done.stdout)
    for before, block in itertools.pairwise(blocks):
        if block.title == "output":
            assert printed[before.line] == block.text, f"{page.name}, line {block.line}"


def split_output(output: str) -> dict[int, str]:
    """What was printed by each block, by its line."""
    printed, lines = {}, []
    for line in output.splitlines(keepends=True):
        if line.startswith(MARK):
            printed[int(line.rsplit(" ", 1)[1])] = "".join(lines)
            lines = []
        else:
            lines.append(line)
    return printed


def list_commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for block in list_blocks(page):
            if block.kind == "console":
                assert all(line.startswith("$ ") for line in block.text.splitlines()), f"{page.name}, line {block.line}"
                found += [(page.name, line[2:]) for line in block.text.splitlines()]
    return sorted(set(found))


@pytest.mark.parametrize(("page", "command"), list_commands())
def test_the_commands_are_as_the_page_says(page: str, command: str, cluster: PrivateCluster, capsys: pytest.CaptureFixture[str]):
    words = [word for word in shlex.split(command) if not is_variable(word)]
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text("utf-8")
        assert f"\n{words[1]}: " in makefile
    elif words[1] in LOOKING:
        compute_something_to_look_at(cluster.url)
        environment = {**os.environ, "UFORA_MANAGER_URL": cluster.url}
        done = subprocess.run([sys.executable, "-m", "ufora", *words[1:]], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    elif words[-1] == "--help":
        with pytest.raises(SystemExit, match="0"):
            cli.make_parser().parse_args(words[1:])
        assert capsys.readouterr().out
    else:
        cli.make_parser().parse_args(words[1:])


def is_variable(word: str) -> bool:
    variable, equals, _ = word.partition("=")
    known = {f"UFORA_{field.upper()}" for record in (ManagerConfig, WorkerConfig) for field in list_kinds(record)} | {"UFORA_NO_WORKER"}
    assert not equals or variable.startswith("--") or variable in known, word
    return variable in known and bool(equals)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_shown_can_be_read(page: Path):
    for block in list_blocks(page):
        assert block.kind in KINDS, f"{page.name}, line {block.line}: {block.kind}"
        check_file(block)


def check_file(block: CodeBlock) -> None:
    if block.kind == "yaml":
        assert yaml.safe_load(block.text)
    elif block.kind == "toml":
        assert tomli.loads(block.text)
        assert read_toml(block.text, block.title, list_kinds(RECORDS[block.title]))


def test_monitoring_examples_name_only_metrics_there_are(cluster: PrivateCluster):
    told = urllib.request.urlopen(f"{cluster.url}/metrics").read().decode()
    there = set(re.findall(r"^(ufora_\w+)", told, re.MULTILINE))
    folder = ROOT / "docs" / "monitoring"
    board = json.loads((folder / "grafana-board.json").read_text("utf-8"))
    rules = yaml.safe_load((folder / "alerts.yml").read_text("utf-8"))
    said = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    said += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    named = {metric for expression in said for metric in re.findall(r"\bufora_\w+", expression)}
    assert len(named) > 10
    assert named <= there
