"""Questions to a manager's HTTP API, and what can go wrong with them."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from pyfora.errors import PyforaError
from ufora.service import exits

TIMEOUT_SECONDS = 10.0


class CannotAsk(PyforaError):  # noqa: N818 - states a fact
    """One sentence for the user; `code` is how the command ends."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


class Manager:
    """`url`: http://host:port; `token`: "" for none."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        return json.loads(self._ask("GET", path, query))

    def get_bytes(self, path: str) -> bytes:
        return self._ask("GET", path, None)

    def post(self, path: str) -> Any:
        answer = self._ask("POST", path, None)
        return json.loads(answer) if answer else None

    def find_computation(self, wanted: str) -> str:
        """The id of a computation from its beginning, or "last" for the newest that is no fetch: a fetch has nothing to tell."""
        found = self.get("/api/v1/computations", {"limit": 1000})["computations"]
        blocks = [str(each["id"]) for each in found if each["kind"] == "block"]
        return blocks[0] if wanted == "last" and blocks else _choose("computation", [each["id"] for each in found], wanted)

    def find_worker(self, wanted: str) -> str:
        """The id of a worker from its beginning."""
        return _choose("worker", [each["id"] for each in self.get("/api/v1/workers")["workers"]], wanted)

    def _ask(self, method: str, path: str, query: Mapping[str, object] | None) -> bytes:
        asked = f"{self.url}{quote(path)}" + (f"?{urlencode(query)}" if query else "")
        try:
            request = urllib.request.Request(asked, method=method, headers=self._headers)
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            raise CannotAsk(_read_problem(error), exits.REFUSED if error.code in (401, 403) else exits.NO) from error
        except ValueError:
            raise CannotAsk(f'{self.url!r} is not the address of a manager: write it like "http://localhost:30000"', exits.USAGE) from None
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "reason", None) or error
            raise CannotAsk(
                f"no manager answers at {self.url} ({why}): start one with `ufora run`, or say where it is with --url or UFORA_MANAGER_URL",
                exits.UNAVAILABLE,
            ) from error


def _choose(kind: str, names: Sequence[str], wanted: str) -> str:
    fitting = [each for each in names if each == wanted] or [each for each in names if each.startswith(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise CannotAsk(f"{wanted!r} is the beginning of {len(fitting)} {kind}s: give more of it", exits.NO)
    raise CannotAsk(f"no {kind} begins with {wanted!r}: `ufora {kind}s` lists those that are known", exits.NO)


def _read_problem(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["title"])
    except (ValueError, KeyError, TypeError):
        return f"the answer was HTTP {error.code}: is this a manager of ufora?"
