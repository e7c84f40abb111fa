"""`ufora logs`: the daemons' log files as one, in the order of time."""

import argparse
import heapq
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pyfora.errors import ConfigurationError
from ufora.service import exits
from ufora.service.config import LOG_DIR, find_log_dir

LINE = re.compile(r"(?P<time>\S+Z) (?P<level>[A-Z]+) +(?P<logger>[\w.]+): (?P<message>.*?)( \[(\w+=\S+ ?)+\])?")
LOOK_SECONDS = 0.5
"""Between two looks for new lines. Guessed."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("logs", help="show what the daemons of this machine logged", allow_abbrev=False)
    parser.add_argument("daemon", nargs="*", metavar="DAEMON", help="manager or worker-PORT; all when none is named")
    parser.add_argument("-n", "--lines", type=int, default=100, metavar="N", help="how many of the newest lines; 0 is all")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what is logged from now on")
    parser.add_argument("--computation", default="", metavar="ID", help="only lines about this computation")
    parser.add_argument("--worker", default="", metavar="ID", help="only lines about this worker")
    parser.add_argument("--json", action="store_true", help="print each line as a JSON object")
    parser.add_argument("--log-dir", metavar="TEXT", help="UFORA_LOG_DIR")
    parser.set_defaults(command=show_logs)


def show_logs(arguments: argparse.Namespace) -> int:
    paths = find_files(find_folder(arguments.log_dir), arguments.daemon)
    wanted = [(name, value) for name in ("computation", "worker") if (value := getattr(arguments, name))]
    files = [LogFile(path, path.open(encoding="utf-8", errors="replace")) for path in paths]
    lines = [line for line in heapq.merge(*(list(file.read_new()) for file in files), key=find_time) if is_about(line, wanted)]
    show = as_json if arguments.json else str
    for line in lines[-arguments.lines :] if arguments.lines else lines:
        print(show(line))
    while arguments.follow:
        sys.stdout.flush()
        time.sleep(LOOK_SECONDS)
        for line in heapq.merge(*(list(file.read_new()) for file in files), key=find_time):
            if is_about(line, wanted):
                print(show(line))
    return exits.FINE


@dataclass(slots=True)
class LogFile:
    """A log file that may be moved away, and another put in its place, while it is read."""

    path: Path
    stream: IO[str]
    unfinished: str = ""  #: the beginning of a line whose end is not written yet

    def read_new(self) -> Iterator[str]:
        """Whole lines that were written since the last time."""
        yield from self._read()
        if self._was_moved():
            self.stream.close()
            self.stream = self.path.open(encoding="utf-8", errors="replace")
            yield from self._read()

    def _read(self) -> Iterator[str]:
        *lines, self.unfinished = (self.unfinished + self.stream.read()).split("\n")
        yield from lines

    def _was_moved(self) -> bool:
        try:
            return not os.path.samestat(self.path.stat(), os.fstat(self.stream.fileno()))
        except FileNotFoundError:  # moved; nobody has written since
            return False


def find_folder(named: str | None) -> Path:
    """The one named, else that of the settings. Where these are wrong, which is when a log is wanted most, the usual one."""
    if named:
        return Path(named)
    try:
        return Path(find_log_dir())
    except ConfigurationError as error:
        print(f"ufora: {error}; this is what was logged in {LOG_DIR}:", file=sys.stderr)
        return LOG_DIR


def find_files(folder: Path, daemons: Sequence[str]) -> list[Path]:
    """The log files of the daemons. Raises ConfigurationError when there are none to read."""
    try:
        found = sorted(folder.glob("*.log"))
        wanted = [folder / f"{daemon}.log" for daemon in daemons] or found
        for path in wanted:
            with path.open("rb"):
                pass
    except FileNotFoundError as error:
        known = ", ".join(path.stem for path in found) or "none"
        raise ConfigurationError(f"there is no {error.filename}; daemons that logged in {folder}: {known}") from None
    except PermissionError as error:
        raise ConfigurationError(f"{error.filename} cannot be read: join the group ufora, or be root") from None
    if not wanted:
        raise ConfigurationError(
            f"nothing was logged in {folder}: name the folder with --log-dir, or ask the journal: journalctl -u 'ufora-*'"
        )
    return wanted


def find_time(line: str) -> str:
    """Both forms of lines bear it in a form that sorts."""
    return str(_read_json(line).get("time", "")) if line.startswith("{") else line[:24]


def as_json(line: str) -> str:
    """A line of either form as an object, with the names that `log.format = "json"` gives; one that is no line of a log is a `message`."""
    if _read_json(line):
        return line
    told = LINE.fullmatch(line)
    if told is None:
        return json.dumps({"message": line}, ensure_ascii=False)
    fields = {"time": told["time"], "level": told["level"].lower(), "logger": told["logger"], "message": told["message"]}
    return json.dumps(fields | _read_ids(line), ensure_ascii=False)


def is_about(line: str, wanted: Sequence[tuple[str, str]]) -> bool:
    fields = _read_json(line) if line.startswith("{") else _read_ids(line)
    return all(is_it(str(fields.get(name, "")), value) for name, value in wanted)


def is_it(told: str, wanted: str) -> bool:
    """A worker is called by its address; with each start it gets a suffix."""
    return told == wanted or told.startswith(f"{wanted}-")


def _read_ids(line: str) -> dict[str, str]:
    """Those in brackets at the end of a line of text."""
    pairs = line.rpartition("[")[2].rstrip("]").split() if line.endswith("]") else []
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _read_json(line: str) -> dict[str, object]:
    try:
        fields = json.loads(line)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
