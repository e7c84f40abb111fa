"""Who may ask: everybody on a cluster without tokens, else whoever shows one.

    Authorization: Bearer TOKEN      programs
    Cookie: ufora_login=…            browsers, after the form on the page sent the token to /api/v1/login

The cookie is a random name for a login kept in memory, never the token; scripts cannot read it and other sites' pages do not send it.
Where tokens come from is not known here: `admits` says whether one is good (in constant time, as is its duty).

Whatever changes something is refused when a page of another site asks for it: browsers say so (Sec-Fetch-Site, Origin).
"""

import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web

from ufora.gateway.problems import Handler, Problem

Admits = Callable[[str], bool]

COOKIE = "ufora_login"
LOGIN_SECONDS = 12 * 3600  # a working day
MOST_LOGINS = 1_000  # the oldest ends first
OPEN_PATHS = frozenset({"/", "/livez", "/readyz", "/openapi.json", "/api/v1/login"})  # and the page's own files; no data are there
OPEN_PREFIX = "/page/"
READING = ("GET", "HEAD", "OPTIONS")


class Access:
    """`admits`: whether a token is good; None: the cluster has no tokens. `clock` gives seconds."""

    def __init__(self, admits: Admits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._admits = admits
        self._clock = clock
        self._logins: dict[str, tuple[float, str]] = {}  # until when, and the token, which may be withdrawn; oldest first

    @property
    def needs_token(self) -> bool:
        return self._admits is not None

    def is_admitted(self, request: web.Request) -> bool:
        if self._admits is None:
            return True
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._admits(token.strip()):
            return True
        until, token = self._logins.get(request.cookies.get(COOKIE, ""), (0.0, ""))
        return until > self._clock() and self._admits(token)

    def log_in(self, token: str) -> str | None:
        """The value of the cookie; None when the token is no good."""
        if self._admits is None or not self._admits(token):
            return None
        while len(self._logins) >= MOST_LOGINS:
            del self._logins[next(iter(self._logins))]
        login = secrets.token_urlsafe(24)
        self._logins[login] = self._clock() + LOGIN_SECONDS, token
        return login

    def log_out(self, request: web.Request) -> None:
        self._logins.pop(request.cookies.get(COOKIE, ""), None)

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in READING and not _is_same_origin(request):
            raise Problem(403, "a page of another site asked for this: only the cluster's own page and programs may")
        is_open = request.path in OPEN_PATHS or request.path.startswith(OPEN_PREFIX)
        if not is_open and not self.is_admitted(request):
            raise Problem(401, "this cluster asks for a token: send it as `Authorization: Bearer …`, or log in on its page")
        return await handler(request)


def _is_same_origin(request: web.Request) -> bool:
    """Programs send neither header; browsers always send one with a request that changes something."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
