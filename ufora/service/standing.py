"""How the daemons of this machine are, put together to what the service manager is told. Nothing here does I/O.

daemon ── READY, STATUS, WATCHDOG ──► Standing     one for each process
                                         │
READY when all have been, STATUS of all, hung ones ◄──── Standings
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Standing:
    """One daemon, as it says itself."""

    name: str  #: "manager", "worker 30009"
    pid: int = 0  #: of the process that said the rest; 0 while none has said anything
    ready: bool = False
    status: str = "starting"
    beat: float = 0.0  #: the clock when it last gave a sign of life


class Standings:
    """`hang_seconds`: after so long without a sign of life a daemon that was ready has hung; 0 is never."""

    def __init__(self, names: Sequence[str], hang_seconds: float) -> None:
        self._all = {name: Standing(name) for name in names}
        self._hang_seconds = hang_seconds
        self._was_ready = False
        self._told = ""

    def hear(self, name: str, pid: int, facts: Mapping[str, str], now: float) -> None:
        """A daemon's process said something; one started again begins anew."""
        if self._all[name].pid != pid:
            self._all[name] = Standing(name, pid)
        standing = self._all[name]
        standing.beat = now
        standing.ready = standing.ready or facts.get("READY") == "1"
        standing.status = facts.get("STATUS", standing.status)

    def find_hung(self, now: float) -> list[tuple[str, int]]:
        """(name, process) of those that are silent for too long. Each is found once."""
        hung = [each for each in self._all.values() if self._hang_seconds and each.ready and now - each.beat > self._hang_seconds]
        for standing in hung:
            self.lose(standing.name)
        return [(standing.name, standing.pid) for standing in hung]

    def lose(self, name: str) -> None:
        """Its process ended or has to; another will be started."""
        self._all[name] = Standing(name, status="starting again")

    def find_news(self) -> dict[str, str]:
        """What the service manager has not been told yet."""
        news = {}
        if not self._was_ready and all(standing.ready for standing in self._all.values()):
            self._was_ready = True
            news["READY"] = "1"
        status = self._say_status()
        if status != self._told:
            self._told = news["STATUS"] = status
        return news

    def _say_status(self) -> str:
        if len(self._all) == 1:
            return next(iter(self._all.values())).status
        return "; ".join(f"{standing.name}: {standing.status}" for standing in self._all.values())
