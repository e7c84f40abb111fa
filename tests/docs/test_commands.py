"""The page about operations names every command and every exit code there is, and no others."""

import argparse
import re
from collections.abc import Iterator

import pytest

from tests.docs.blocks import ROOT
from ufora.service import cli, exits

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def list_commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Those that have no further commands below them."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield parser
    for action in below:
        for command in action.choices.values():
            yield from list_commands(command)


COMMANDS = {command.prog: command for command in list_commands(cli.make_parser())}


def test_every_command_is_documented():
    assert set(re.findall(r"^\| `(ufora [^`]+)` \|", PAGE, re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"ufora run"}))
def test_every_command_that_answers_does_so_in_json_too(command: str):
    assert "--json" in COMMANDS[command].format_help()


def test_every_exit_code_is_documented():
    there = {value for name, value in vars(exits).items() if name.isupper()}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)} == there
