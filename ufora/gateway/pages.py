"""The status page's files, served as they lie in the folder `page` beside this module. All data come by the API and Socket.IO."""

import mimetypes
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # a new release must not meet old scripts
}
INDEX = "index.html"


class Pages:
    """Read once: nothing a request says becomes a path."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self.send_index)
        app.router.add_get("/page/{file}", self.send_file)

    async def send_index(self, request: web.Request) -> web.Response:
        return self._send(INDEX)

    async def send_file(self, request: web.Request) -> web.Response:
        if request.match_info["file"] not in self._files:
            raise web.HTTPNotFound
        return self._send(request.match_info["file"])

    def _send(self, name: str) -> web.Response:
        kind = mimetypes.types_map.get(Path(name).suffix, "text/plain")
        return web.Response(body=self._files[name], content_type=kind, charset="utf-8", headers=HEADERS)
