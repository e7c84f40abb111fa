"""systemd's door: tells the service manager how this process is. Does nothing where none listens.

The daemons tell their supervisor the same way, see `relay.py`.
"""

from collections.abc import Mapping

import sdnotify


class Notifier:
    """To whom NOTIFY_SOCKET names when this is made, a path or "@" and an abstract name."""

    def __init__(self) -> None:
        self._to = sdnotify.SystemdNotifier()
        if self._to.socket is not None:
            self._to.socket.setblocking(False)  # a listener that hangs must not make us hang: what it does not take is lost

    def tell(self, facts: Mapping[str, object]) -> None:
        """See sd_notify(3): READY, STATUS, WATCHDOG, …"""
        self._to.notify("\n".join(f"{name}={value}" for name, value in facts.items()))
