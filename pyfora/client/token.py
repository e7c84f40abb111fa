"""The token that a cluster may ask for: from the call, or from the environment."""

import os
from pathlib import Path

from pyfora import errors

TOKEN = "PYFORA_TOKEN"  #: environment variable: the token itself
TOKEN_FILE = "PYFORA_TOKEN_FILE"  #: environment variable: a file that holds it


def find_token(told: str | None) -> str:
    """`told` wins over PYFORA_TOKEN, and that over PYFORA_TOKEN_FILE; "" for none. Raises errors.ConnectionError."""
    token, place = told or os.environ.get(TOKEN, ""), TOKEN
    if told:
        place = "token"
    elif not token and (file := os.environ.get(TOKEN_FILE)):
        token, place = _read(Path(file)), f"{TOKEN_FILE} ({file})"
    token = token.strip()
    if not token.isascii() or len(token.split()) > 1:
        raise errors.ConnectionError(f"{place}: a token is one word of plain letters, digits and signs; copy it once more")
    return token


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise errors.ConnectionError(f"{TOKEN_FILE}: {path} cannot be read: {getattr(error, 'strerror', 'not a text')}") from None
