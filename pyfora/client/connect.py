"""`pyfora.connect`."""

from pyfora.client.executor import Executor
from pyfora.client.opening import open_executor
from pyfora.client.plain_language import PlainLanguage


def connect(url: str | None = None, timeout: float = 30.0, progress: bool = True, token: str | None = None) -> Executor:
    """An executor on the cluster whose manager is at `url`, such as "http://localhost:30000".

    Without a url a private cluster is started on this machine; it ends with this process, or when the executor is closed.
    `timeout` (seconds) is how long to wait for the manager: now, and later when it goes away.
    `progress`: show a bar on a terminal or in a notebook while a block runs for longer than a second; PYFORA_PROGRESS=0 in the environment
    shows none either.
    `token`: for a cluster that asks for one; without it PYFORA_TOKEN, or the file that PYFORA_TOKEN_FILE names, is taken.
    Raises pyfora.ConnectionError.
    """
    return open_executor(PlainLanguage, url, timeout, progress, token)
