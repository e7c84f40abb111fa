"""Settings: how the fields of a record get their values.

A field's name says everything: `web_http_port` is `http_port` in section `[web]` of the file, `UFORA_WEB_HTTP_PORT` in the environment and
`--web-http-port` on the command line. Its type says what may stand there. Each source only turns what it holds into `Given` values;
`fill` lays the sources over each other, the strongest first.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import tomli

from pyfora.errors import ConfigurationError

PREFIX = "UFORA_"
WITHOUT_SECTION = ("no_worker",)  #: documented under this very name
SERVICE_LINK = re.compile(r"\w+_SERVICE_(HOST|PORT)\w*=|\w+_PORT_\d+_(TCP|UDP|SCTP)\w*=|\w+_PORT=(tcp|udp|sctp)://")
"""Variables that container platforms make up from the names of neighbouring services (`UFORA_PORT=tcp://10.0.0.7:80`). The user never
wrote them, so they are no mistakes of theirs."""
TRUTHS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False, "": False}
KINDS = {int: "a whole number", str: "a text", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class Given:
    """A value and where it was found."""

    value: int | str | bool
    place: str  #: for messages: "/etc/ufora/worker.toml, line 3: worker.threads"
    origin: str  #: for lists: "/etc/ufora/worker.toml:3"


@dataclass(frozen=True, slots=True)
class Filled:
    """A record with every field filled, and where each value came from."""

    record: Any
    places: Mapping[str, str]  #: field name → place; "default" where nobody said anything
    origins: Mapping[str, str]  #: likewise


def list_kinds(record: type) -> dict[str, type]:
    """The settings of a record: field name → type."""
    return {field.name: _plain_type(field.type) for field in fields(record)}


def name_in_file(field: str) -> tuple[str, str]:
    """(section, key) of a field; the section is "" for a key that stands above all sections."""
    if field in WITHOUT_SECTION:
        return "", field
    section, _, key = field.partition("_")
    return section, key


def full_name(field: str) -> str:
    """For people: "web.http_port", "no_worker"."""
    return ".".join(part for part in name_in_file(field) if part)


def name_of_variable(field: str) -> str:
    return PREFIX + field.upper()


def name_of_option(field: str) -> str:
    return "--" + field.replace("_", "-")


def fill(record: type, sources: Sequence[Mapping[str, Given]]) -> Filled:
    """`sources`: the strongest first."""
    values: dict[str, int | str | bool] = {}
    places, origins = {}, {}
    for field in fields(record):
        given = next((source[field.name] for source in sources if field.name in source), None)
        places[field.name] = given.place if given else "default"
        origins[field.name] = given.origin if given else "default"
        if given:
            values[field.name] = given.value
    return Filled(record(**values), places, origins)


def read_toml(text: str, path: str, kinds: Mapping[str, type]) -> dict[str, Given]:
    """What a settings file says. `kinds`: every setting it may hold."""
    try:
        content = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        what, _, where = str(error).partition(" (at line ")
        at = f", line {where.partition(',')[0]}" if where else ""
        raise ConfigurationError(f"{path}{at}: not valid TOML: {what}") from None
    given = {}
    known = {full_name(field): field for field in kinds}
    for name, value in _list_entries(content):
        line = _find_line(text, name)
        place = f"{path}, line {line}: {name}" if line else f"{path}: {name}"
        field = known.get(name)
        if field is None:
            raise ConfigurationError(f"{place} is not a setting{suggest(name, list(known))}")
        given[field] = Given(_check_kind(value, kinds[field], place), place, f"{path}:{line}" if line else path)
    return given


def read_environment(environment: Mapping[str, str], kinds: Mapping[str, type], others: Sequence[str] = ()) -> dict[str, Given]:
    """What UFORA_… variables say. `kinds`: the settings wanted; `others`: variables that are known too, but not wanted here."""
    given: dict[str, Given] = {}
    wanted = {name_of_variable(field): field for field in kinds}
    for variable, text in environment.items():
        if field := wanted.get(variable):
            given[field] = Given(read_text(text, kinds[field], variable), variable, variable)
        elif variable.startswith(PREFIX) and variable not in others and not SERVICE_LINK.match(f"{variable}={text}"):
            raise ConfigurationError(f"{variable}: not a setting{suggest(variable, [*wanted, *others])}")
    return given


def read_options(options: Mapping[str, str | None], kinds: Mapping[str, type]) -> dict[str, Given]:
    """What the command line says: field name → text, None where an option was not given."""
    return {
        field: Given(read_text(text, kinds[field], name_of_option(field)), name_of_option(field), name_of_option(field))
        for field, text in options.items()
        if text is not None and field in kinds
    }


def read_text(text: str, kind: type, place: str) -> int | str | bool:
    try:
        if kind is bool:
            return TRUTHS[text.strip().lower()]
        value: int | str = kind(text.strip())
    except (ValueError, KeyError):
        raise ConfigurationError(f"{place}: {KINDS[kind]} is expected, not {text!r}") from None
    return value


def suggest(name: str, known: Sequence[str]) -> str:
    """The nearest known name, as the end of a sentence."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(known))}"


def show_toml(record: Any) -> list[tuple[str, str]]:
    """(field name, line of a settings file) of every setting."""
    return [(field.name, f"{name_in_file(field.name)[1]} = {_show_value(getattr(record, field.name))}") for field in fields(record)]


def _show_value(value: int | str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check_kind(value: object, kind: type, place: str) -> Any:
    if type(value) is not kind:
        raise ConfigurationError(f"{place}: {KINDS[kind]} is expected, not {value!r}")
    return value


def _list_entries(content: Mapping[str, object]) -> list[tuple[str, object]]:
    """Dotted names and values; a key outside any section has no dot."""
    entries: list[tuple[str, object]] = []
    for section, value in content.items():
        if isinstance(value, dict):
            entries += [(f"{section}.{key}", each) for key, each in value.items()]
        else:
            entries.append((section, value))
    return entries


def _find_line(text: str, name: str) -> int:
    """The number of the line that sets a dotted name; tomli does not tell. 0 when the file is written in an unusual way."""
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w\-.]+)\s*\]", line):
            section = header[1] + "."
        elif (key := re.match(r"\s*([\w\-.]+)\s*=", line)) and section + key[1] == name:
            return number
    return 0


def _plain_type(annotation: object) -> type:
    if annotation not in KINDS:
        raise TypeError(f"a setting is {', '.join(kind.__name__ for kind in KINDS)}, not {annotation!r}")
    return annotation
