import logging
import socket
from pathlib import Path

from ufora.service.journal import JournalHandler
from ufora.service.log import find_ids


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
        for _ in range(5000):
            handler.handle(a_record("nobody reads"))
