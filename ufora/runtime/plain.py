"""Values that go along with the news that they are there: one that is small plain data is at home before anybody asks for it."""

from collections.abc import Mapping

MOST_VALUES = 32
"""Of one computation. Guessed: more are seldom all looked at."""
MOST_LETTERS = 256  #: of a text. Guessed: no longer than what is told of a computation anyway
_INT64 = range(-(2**63), 2**63)


def find_plain(values: Mapping[str, object]) -> dict[str, object]:
    """Those among the first few that msgpack gives back as they are."""
    return {name: value for name, value in list(values.items())[:MOST_VALUES] if _is_plain(value)}


def _is_plain(value: object) -> bool:
    kind = type(value)
    if kind is str:
        return len(value) <= MOST_LETTERS and _is_unicode(value)  # type: ignore[arg-type]
    return kind is bool or kind is float or value is None or (kind is int and value in _INT64)


def _is_unicode(text: str) -> bool:
    """Half a surrogate pair is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
