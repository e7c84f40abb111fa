import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ufora.service.log import TAIL_LINES, Tail, open_log, tell_lines


@pytest.fixture(autouse=True)
def root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers = handlers
    root.setLevel(level)


def test_lines_go_to_standard_error_and_to_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_log(str(tmp_path), "worker-30009.log", "info")
    logging.getLogger("ufora.worker").info("%d threads", 4)
    logging.getLogger("ufora.worker").debug("not wanted")
    text = (tmp_path / "worker-30009.log").read_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO    ufora\.worker: 4 threads\n", text)
    assert capsys.readouterr().err == text


def test_what_others_send_cannot_forge_a_line(tmp_path: Path) -> None:
    open_log(str(tmp_path), "manager.log", "info")
    logging.getLogger("ufora").warning("bad name %s", "x\n2026-01-01 ERROR all is lost")
    assert (tmp_path / "manager.log").read_text().count("\n") == 1


def test_a_record_is_one_line_its_traceback_too(tmp_path: Path) -> None:
    open_log(str(tmp_path), "manager.log", "info")
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("ufora").exception("failed")
    assert (tmp_path / "manager.log").read_text().count("\n") == 1


def test_ids_stand_beside_the_message(tmp_path: Path) -> None:
    open_log(str(tmp_path), "manager.log", "info", ids={"worker": "w1"})
    logging.getLogger("ufora").info("done", extra={"computation": "c2"})
    assert (tmp_path / "manager.log").read_text().endswith("ufora: done [computation=c2 worker=w1]\n")


def test_json_lines_have_the_ids_as_fields(tmp_path: Path) -> None:
    open_log(str(tmp_path), "manager.log", "info", "json")
    logging.getLogger("ufora.gateway").warning('"%s"', "ä\n", extra={"computation": "c2", "worker": ""})
    (line,) = (tmp_path / "manager.log").read_text().splitlines()
    fields = json.loads(line)
    stamp = fields.pop("time")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp)
    assert fields == {"level": "warning", "logger": "ufora.gateway", "message": '"ä\n"', "computation": "c2"}


def test_a_file_that_was_moved_away_is_replaced(tmp_path: Path) -> None:
    open_log(str(tmp_path), "manager.log", "info")
    logging.getLogger("ufora").info("one")
    (tmp_path / "manager.log").rename(tmp_path / "manager.log.1")
    logging.getLogger("ufora").info("two")
    assert "two" in (tmp_path / "manager.log").read_text()


def test_lines_are_told_as_they_are_written():
    tail = Tail()
    tell_lines(tail.add)
    for number in range(TAIL_LINES + 1):
        logging.getLogger("ufora.test").warning("line\n%d", number)
    taken = tail.take()
    assert len(taken) == TAIL_LINES
    assert taken[0].endswith("WARNING ufora.test: line\\n1")
    assert tail.take() == []
