"""systemd's door: tells the service manager how this process is. Does nothing where none listens.

The daemons tell their supervisor the same way, see `relay.py`.
"""

from collections import deque
from collections.abc import Mapping

import sdnotify

MOST_WAITING = 100  # messages; what is said while so many wait is lost. Guessed: more than a daemon says in the time until it is hung


class Notifier:
    """To whom NOTIFY_SOCKET names when this is made, a path or "@" and an abstract name."""

    def __init__(self) -> None:
        self._to = sdnotify.SystemdNotifier()
        self._waiting: deque[str] = deque()
        if self._to.socket is not None:
            self._to.socket.setblocking(False)  # a listener that hangs must not make us hang
            self._to.debug = True  # raises what it would hide: that the listener's queue is full

    def tell(self, facts: Mapping[str, object]) -> None:
        """See sd_notify(3): READY, STATUS, WATCHDOG, … What a busy listener does not take now it is told first the next time."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append("\n".join(f"{name}={value}" for name, value in facts.items()))
        while self._waiting and self._tell(self._waiting[0]):
            self._waiting.popleft()

    def _tell(self, message: str) -> bool:
        """Whether nothing is left to do about it."""
        if self._to.socket is None:
            return True
        try:
            self._to.notify(message.encode("ascii", "replace").decode())  # it would not know how to say more
        except BlockingIOError:
            return False
        except OSError:  # nobody listens any more
            pass
        return True
