"""Settings that change while the daemons run.

    SIGHUP ─► supervisor   reads all settings again, says what waits for a restart
                 │ one line of JSON on the daemon's standard input: its command line's settings
                 ▼
              daemon       takes over what it can: see `config.LIVE`

A mistake in the new settings leaves everything as it was.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

from pyfora.errors import ConfigurationError
from ufora.service.config import is_live, read_settled
from ufora.service.settings import full_name

READ_BYTES = 65536

log = logging.getLogger("ufora.run")


def reread(daemon: str, running: Any, read: Callable[[], Any]) -> Any:
    """The record to go on with: `running`, with the live settings of what `read` gives now. Says what became of each change.

    `daemon`: what its log lines call it."""
    try:
        wanted = read()
    except ConfigurationError as error:
        log.error("%s: the settings stay as they were: %s", daemon, error)
        return running
    changes = {field.name: getattr(wanted, field.name) for field in fields(running)}
    changes = {name: value for name, value in changes.items() if value != getattr(running, name)}
    for name, value in changes.items():
        takes_effect = "now" if is_live(name) else "when the daemon is started again"
        log.warning("%s: %s: %r instead of %r takes effect %s", daemon, full_name(name), value, getattr(running, name), takes_effect)
    if not changes:
        log.info("%s: the settings have been read again: nothing has changed", daemon)
    return replace(running, **{name: value for name, value in changes.items() if is_live(name)})


def pack_settings(record: Any) -> str:
    return json.dumps({field.name: str(getattr(record, field.name)) for field in fields(record)})


class Hearing:
    """The daemon's end: calls `take` with each new record that comes in on standard input."""

    def __init__(self, record: type, take: Callable[[Any], None]) -> None:
        self._record = record
        self._take = take
        self._pending = b""
        self._loop = asyncio.get_running_loop()
        with suppress(PermissionError):  # started by hand from a plain file: nobody will say anything
            self._loop.add_reader(0, self._hear)

    def _hear(self) -> None:
        data = os.read(0, READ_BYTES)
        if not data:
            self._loop.remove_reader(0)
            return
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            self._take(read_settled(self._record, json.loads(line)))

    def close(self) -> None:
        self._loop.remove_reader(0)
