"""What the cluster may show of a computation: whose it is, and where it stands in the user's code."""

import getpass
import platform
from pathlib import PurePath

from pyfora.program.nodes import Block, Call, Function, Program
from pyfora.program.places import find_place


def say_owner() -> str:
    """user@machine"""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # the user of a container may have no name
        user = "?"
    return f"{user}@{platform.node()}"


def say_source(program: Program) -> str:
    """The name of the file, without its folder, and the line of the `with`; of a call, the function."""
    match program.entry:
        case Block(source, ordinal):
            return _say_place(program, source, ordinal)
        case Call(function) if isinstance(node := program.nodes[function], Function):
            return f"{_say_place(program, node.source, node.ordinal)} {node.name}"
        case Call():
            return "submit"
    return "define"


def _say_place(program: Program, source: int, ordinal: int) -> str:
    text = program.sources[source]
    return f"{PurePath(text.path).name}:{find_place(text, ordinal).lineno}"
