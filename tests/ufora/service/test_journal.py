import logging
import socket
import subprocess
import sys
from pathlib import Path

from ufora.service.journal import MOST_WAITING, JournalHandler
from ufora.service.log import find_ids

QUEUE = Path("/proc/sys/net/unix/max_dgram_qlen")
"""How many datagrams a socket's queue takes."""
PROGRAM = """
import logging
from ufora.service.journal import JournalHandler

logging.basicConfig(handlers=[JournalHandler(lambda record: {{}}, {path!r})])
for number in range({count}):
    logging.warning("line %d", number)
"""


def a_record(message: str, level: int = logging.INFO) -> logging.LogRecord:
    record = logging.LogRecord("ufora.gateway", level, "", 0, message, (), None)
    record.computation = "c2"
    return record


def test_the_journal_gets_fields_whatever_a_message_holds(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "journal"))
        JournalHandler(find_ids, str(tmp_path / "journal")).handle(a_record("x\nPRIORITY=0", logging.ERROR))
        assert journal.recv(4096) == (
            b"MESSAGE\n\x0c\0\0\0\0\0\0\0x\nPRIORITY=0\n"
            b"PRIORITY\n\x01\0\0\0\0\0\0\x003\n"
            b"SYSLOG_IDENTIFIER\n\x05\0\0\0\0\0\0\0ufora\n"
            b"LOGGER\n\x0d\0\0\0\0\0\0\0ufora.gateway\n"
            b"UFORA_COMPUTATION\n\x02\0\0\0\0\0\0\0c2\n"
        )


def test_a_journal_that_is_away_or_full_holds_nobody_up(tmp_path: Path) -> None:
    handler = JournalHandler(find_ids, str(tmp_path / "journal"))
    handler.handle(a_record("nobody listens"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "journal"))
        for _ in range(5 * MOST_WAITING):
            handler.handle(a_record("nobody reads"))


def test_what_a_busy_journal_does_not_take_at_once_comes_later_and_in_order(tmp_path: Path) -> None:
    messages = [f"line {number}" for number in range(MOST_WAITING)]  # more than any queue of datagrams
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "journal"))
        handler = JournalHandler(find_ids, str(tmp_path / "journal"))
        for message in messages:
            handler.handle(a_record(message))
        came = [journal.recv(4096) for _ in messages]
    assert [data.split(b"\n")[1][8:].decode() for data in came] == messages
    handler.close()


def test_a_process_that_ends_leaves_no_line_behind(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    count = int(QUEUE.read_text()) + 20
    program = PROGRAM.format(path=str(path), count=count)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(path))
        with subprocess.Popen([sys.executable, "-c", program]) as process:
            came = [journal.recv(4096) for _ in range(count)]
        assert process.returncode == 0
    assert f"line {count - 1}".encode() in came[-1]
