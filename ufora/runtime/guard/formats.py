"""The attributes that a text reads when it is a format."""

import _string  # type: ignore[import-not-found]
import string
from collections.abc import Iterator
from functools import lru_cache

FORMATS = frozenset({"format", "format_map"})
"""The methods of texts that read them."""


@lru_cache(maxsize=1024)
def find_attributes(text: str) -> tuple[str, ...]:
    """Their names, nested specifications included; up to where the text is no format."""
    return tuple(_list_attributes(text))


def _list_attributes(text: str) -> Iterator[str]:
    try:
        for _, field, spec, _ in string.Formatter().parse(text):
            if field:
                yield from (str(name) for is_attribute, name in _string.formatter_field_name_split(field)[1] if is_attribute)
            if spec:
                yield from _list_attributes(spec)
    except ValueError:
        return  # Python's own refusal comes when it formats
