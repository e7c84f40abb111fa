"""What the manager takes from clients, at most."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Guessed: generous for people, small against a manager's memory and disk."""

    program_bytes: int = 8 * 2**30  #: one Program
    spool_bytes: int = 64 * 2**30  #: all Programs in files
    sessions: int = 1_000
    computations: int = 20_000  #: of one session, until they are dropped
    results_bytes: int = 64 * 2**20  #: small results of one session in memory; the oldest are let go, and computed again when asked for
    stall_seconds: float = 60.0  #: a body that does not move for so long is given up
    grace_seconds: float = 60.0  #: a session outlives its client's last sign of life by so much
