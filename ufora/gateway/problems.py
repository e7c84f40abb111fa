"""Errors as the client sees them: a status and one sentence (RFC 9457, problem details)."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from pyfora.errors import WireError
from ufora.engine.seldom import Seldom
from ufora.gateway.sessions import TooManySessions
from ufora.gateway.spool import TooLarge

log = logging.getLogger("ufora.gateway")
strangers = Seldom()


def tell_bad_requests_in_one_line() -> None:
    """What is no HTTP is a stranger's fault, not ours: the web library logs it with a traceback, or not at all."""
    logger = logging.getLogger("aiohttp.server")
    logger.setLevel(logging.DEBUG)
    logger.addFilter(_is_about_us)


def _is_about_us(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, HttpProcessingError):
        return record.levelno >= logging.WARNING
    stranger = record.args[0] if isinstance(record.args, tuple) and record.args else "a stranger"
    if strangers.is_due(str(stranger)):
        log.warning("dropped %s: it does not speak HTTP (%s)", stranger, error.message.strip().partition("\n")[0])
    return False


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Problem(Exception):  # noqa: N818 - the RFC's word
    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def problem_response(status: int, sentence: str) -> web.Response:
    body = {"title": sentence, "status": status}
    return web.json_response(body, status=status, content_type="application/problem+json")


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a handler raises into an answer; log it once."""
    try:
        return await handler(request)
    except Problem as problem:
        status, sentence = problem.status, str(problem)
    except TooLarge as error:
        status, sentence = 413, str(error)
    except WireError as error:
        status, sentence = 400, str(error)
    except TooManySessions as error:
        status, sentence = 503, str(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        status, sentence = error.status, f"{request.method} {request.path}: {error.reason}"
    log.warning("%s %s from %s: %d, %s", request.method, request.match_info.route.name or "-", request.remote, status, sentence)
    response = problem_response(status, sentence)
    if not request.content.is_eof():  # do not read on through a body that nobody wants
        response.force_close()
    return response
