"""Clients' tokens, from a file: a line each, the client's name and its token.

    # made by `ufora keys new`
    anna  k9Yw…
    batch Zt3f…

Only hashes are kept in memory. Tokens are compared in constant time, all of them each time, and are never logged.
"""

import hashlib
import hmac
import logging
from pathlib import Path

from pyfora.errors import ConfigurationError

LEAST_CHARACTERS = 16
"""Shorter ones could be guessed."""

_log = logging.getLogger("ufora.manager")


class Tokens:
    """Raises ConfigurationError when the file cannot be read, or has a line that is not a name and a token."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hashes: list[bytes] = []
        self.read()

    def read(self) -> None:
        """Once more: tokens that are no longer there are good no longer. On an error all stays as it was."""
        found = read_tokens(self._path)
        self._hashes = [hashlib.sha256(token.encode()).digest() for _, token in found]
        _log.info("tokens of %s are good", ", ".join(name for name, _ in found))

    def read_again(self) -> None:
        """The same, saying so in the log when it cannot be."""
        try:
            self.read()
        except ConfigurationError as error:
            _log.error("the tokens stay as they were: %s", error)

    def admits(self, token: str) -> bool:
        asked = hashlib.sha256(token.encode()).digest()
        matches = [hmac.compare_digest(asked, known) for known in self._hashes]
        return any(matches)


def read_tokens(path: Path) -> list[tuple[str, str]]:
    """Names and tokens. Raises ConfigurationError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"keys.token_file: {path} cannot be read: {getattr(error, 'strerror', 'not UTF-8 text')}") from None
    found = [_parse(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if _says_something(line)]
    if not found:
        raise ConfigurationError(f"keys.token_file: {path} has no token, so that nobody could log in: `ufora keys new` makes some")
    return found


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _parse(line: str, place: str) -> tuple[str, str]:
    words = line.split()
    if len(words) != 2:
        raise ConfigurationError(f"{place}: a client's name and its token are expected, with a space between")
    name, token = words
    if len(token) < LEAST_CHARACTERS:
        raise ConfigurationError(f"{place}: the token of {name} is too short: {LEAST_CHARACTERS} characters at least")
    return name, token
