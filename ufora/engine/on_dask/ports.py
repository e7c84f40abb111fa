"""Where Dask listens: at our address, and at no ports of its own.

A scheduler listens for HTTP on 8787 and a worker on a random port, with `dashboard=False` too. This takes the place of the
method that does so, and gives Dask the two objects it looks for when it stops.
"""

from typing import Any

from pyfora.hosts import write_host

EVERYWHERE = "::"


def name_listener(host: str) -> str | None:
    """An address to listen on, as Dask wants it. At "::" it would leave out IPv4; at no address it listens with both."""
    return None if host == EVERYWHERE else write_host(host)


class _NoServer:
    port = 0
    applications = ()

    def stop(self) -> None:
        pass


class NoHttp:
    """Goes before `distributed.Scheduler` or `distributed.Worker` among the bases."""

    http_application: Any
    http_server: Any

    def start_http_server(self, *_args: Any, **_kwargs: Any) -> None:
        self.http_application = _NoServer()
        self.http_server = _NoServer()
