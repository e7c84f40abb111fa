"""Manual pages and bash completion, made from the command lines themselves and from the shipped settings files."""

import argparse
import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import shtab
from description import ROOT

from ufora.service import exits
from ufora.service.cli import make_parsers
from ufora.service.settings import name_of_variable

SECTIONS = {"ufora": 1, "ufora-manager": 8, "ufora-worker": 8}
SEE_ALSO = ("ufora(1)", "ufora-manager(8)", "ufora-worker(8)", "ufora-manager.toml(5)", "ufora-worker.toml(5)", "ufora.default(5)")
EXITS = (
    (str(exits.FINE), "Fine, or stopped as asked."),
    (str(exits.NO), "The answer is no: there is no such thing, it cannot be done now, or doctor found something wrong."),
    (str(exits.USAGE), "The command line is wrong."),
    (str(exits.UNAVAILABLE), "Something needed is not there now, such as a manager that answers."),
    (str(exits.REFUSED), "The manager asks for a token, or does not take this one."),
    (str(exits.CONFIGURATION), "A setting is wrong, or a port is taken."),
)
FILES = (
    ("/etc/ufora/manager.toml, /etc/ufora/worker.toml", "Settings."),
    ("/etc/default/ufora", "Environment of the services."),
    ("/var/ufora", "Logs: manager.log, worker-PORT.log."),
    ("/var/cache/ufora", "Machine code, and values that do not fit into memory."),
)
ENTRY = re.compile(r"^(\w+) = (.+?)  # (.+)$")


@dataclass(frozen=True, slots=True)
class Setting:
    section: str
    key: str
    default: str
    meaning: str

    @property
    def variable(self) -> str:
        return name_of_variable(f"{self.section}_{self.key}" if self.section else self.key)


def make(made: Path, version: str) -> None:
    settings = {daemon: read_settings(ROOT / "etc" / "ufora" / f"{daemon}.toml") for daemon in ("manager", "worker")}
    meanings = {
        setting.variable: f"{_sentence(setting.meaning)} Variable: {setting.variable}." for each in settings.values() for setting in each
    }
    for name, parser in make_parsers().items():
        _write(made / "man" / f"{name}.{SECTIONS[name]}.gz", show_command(name, parser, version, meanings))
        completion = made / "completion" / name
        completion.parent.mkdir(parents=True, exist_ok=True)
        completion.write_text(shtab.complete(parser, shell="bash"), "utf-8")
    for daemon, entries in settings.items():
        _write(made / "man" / f"{daemon}.toml.5.gz", show_file(daemon, entries, version))
    _write(made / "man" / "ufora.default.5.gz", show_environment([*settings["manager"], *settings["worker"]], version))


def read_settings(path: Path) -> list[Setting]:
    settings, section = [], ""
    for line in path.read_text("utf-8").splitlines():
        if header := re.match(r"\[(\w+)\]", line):
            section = header[1]
        elif entry := ENTRY.match(line):
            settings.append(Setting(section, entry[1], entry[2], entry[3]))
    return settings


def show_command(name: str, parser: argparse.ArgumentParser, version: str, meanings: Mapping[str, str]) -> str:
    """`meanings`: of variables. An option that sets one bears its name and no more."""
    lines = _begin(name, SECTIONS[name], version, str(parser.description))
    lines += [".SH SYNOPSIS", *_show_usage(parser), ".SH DESCRIPTION", _escape(str(parser.description))]
    commands = _list_commands(parser)
    if commands:
        lines.append(".SH COMMANDS")
        for command, (summary, below) in commands.items():
            lines += [f'.SS "{name} {command}"', _sentence(summary), *_show_options(below, meanings)]
    lines += [".SH OPTIONS", *_show_options(parser, meanings), ".SH EXIT STATUS", *_list(EXITS), ".SH FILES", *_list(FILES)]
    return _end(lines, f"{name}({SECTIONS[name]})")


def show_file(daemon: str, settings: Sequence[Setting], version: str) -> str:
    name = f"ufora-{daemon}.toml"
    lines = _begin(name, 5, version, f"settings of a ufora {daemon}")
    where = f"/etc/ufora/{daemon}.toml"
    lines += [".SH SYNOPSIS", where, ".SH DESCRIPTION", f"TOML. Every setting is optional; {where} as installed states the defaults."]
    lines.append("The environment wins over this file, the command line over both. An unknown key or a wrong value is an error.")
    section = ""
    for setting in settings:
        if setting.section != section:
            section = setting.section
            lines.append(f'.SH "[{section}]"')
        meaning = f"{_sentence(setting.meaning)} Default: {_escape(setting.default)}. Variable: {setting.variable}."
        lines += [".TP", f".B {_escape(setting.key)}", meaning]
    return _end(lines, f"{name}(5)")


def show_environment(settings: Sequence[Setting], version: str) -> str:
    lines = _begin("ufora.default", 5, version, "environment of the ufora services")
    lines += [".SH SYNOPSIS", "/etc/default/ufora", ".SH DESCRIPTION"]
    lines.append("Lines NAME=value, read by ufora-manager.service and all ufora-worker services. They win over the settings files.")
    lines.append(".SH VARIABLES")
    meanings = {setting.variable: setting for setting in settings}
    for variable in sorted(meanings):
        setting = meanings[variable]
        lines += [".TP", f".B {variable}", f"{_sentence(setting.meaning)} Default: {_escape(setting.default)}."]
    return _end(lines, "ufora.default(5)")


def _begin(name: str, section: int, version: str, summary: str) -> list[str]:
    title = f'.TH {name.upper()} {section} "" "ufora {version}" "ufora"'
    return [title, ".SH NAME", f"{_escape(name)} \\- {_escape(summary.rstrip('.').split('. ')[0])}"]


def _end(lines: list[str], own: str) -> str:
    others = [f".BR {_escape(page.partition('(')[0])} ({page.partition('(')[2]}" for page in SEE_ALSO if page != own]
    return "\n".join([*lines, ".SH SEE ALSO", *(f"{other} ," for other in others[:-1]), others[-1], ""])


def _show_usage(parser: argparse.ArgumentParser) -> list[str]:
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    return [_escape(usage)]


def _list_commands(parser: argparse.ArgumentParser) -> dict[str, tuple[str, argparse.ArgumentParser]]:
    """Each, and those of a command that has its own: "keys new"."""
    found = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, below in action.choices.items():
                deeper = {f"{name} {nested}": told for nested, told in _list_commands(below).items()}
                found |= deeper or {name: (summaries.get(name, ""), below)}
    return found


def _show_options(parser: argparse.ArgumentParser, meanings: Mapping[str, str]) -> list[str]:
    lines = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            continue
        value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
        called = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        shown = called + value if action.option_strings else called
        said = (action.help or "").replace("%(prog)s", parser.prog)
        lines += [".TP", f".B {_escape(shown)}", meanings.get(said) or _sentence(said)]
    return lines


def _list(entries: Sequence[tuple[str, str]]) -> list[str]:
    return [line for name, meaning in entries for line in (".TP", f".B {_escape(name)}", _escape(meaning))]


def _sentence(text: str) -> str:
    text = _escape(text.strip())
    return (text[:1].upper() + text[1:]).rstrip(".") + "."


def _escape(text: str) -> str:
    """For roff: a backslash, a hyphen of an option, a dot or quote that begins a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
