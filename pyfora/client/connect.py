"""`pyfora.connect`."""

from pyfora.client.executor import Executor
from pyfora.client.opening import open_executor
from pyfora.client.plain_language import PlainLanguage


def connect(url: str | None = None, timeout: float = 30.0) -> Executor:
    """An executor on the cluster whose manager is at `url`, such as "http://localhost:30000".

    Without a url a private cluster is started on this machine; it ends with this process, or when the executor is closed.
    `timeout` (seconds) is how long to wait for the manager: now, and later when it goes away. Raises pyfora.ConnectionError.
    """
    return open_executor(PlainLanguage, url, timeout)
