"""`%%remotely`: cells of IPython and notebooks that run on the cluster.

    %load_ext pyfora
    %remotely http://localhost:30000      where; without an address: a cluster of this machine's own

    %%remotely                            the cell runs there, and the names it binds come home as values
    %%remotely remoteAll                  …as proxies
    %%remotely downloadSmall 1000         …as values where those take up to 1000 bytes, else as proxies

An executor that the notebook made itself, as `executor = pyfora.connect(…)`, is found when `%remotely` was not used.
"""

import ast
from collections.abc import Iterator
from typing import Any, Protocol

from pyfora.client.connect import connect
from pyfora.client.executor import Executor
from pyfora.client.remotely import Remotely

BLOCK = "__remotely__"  #: what the block is called while its cell runs
KINDS = "remoteAll, downloadAll or downloadSmall with a number of bytes"


class Shell(Protocol):
    """What is used of IPython's."""

    user_ns: dict[str, Any]
    compile: Any
    execution_count: int

    def register_magic_function(self, func: Any, magic_kind: str, magic_name: str) -> None: ...


def load_ipython_extension(shell: Shell) -> None:
    """Called by `%load_ext pyfora`."""
    shell.register_magic_function(RemotelyMagic(shell).run, magic_kind="line_cell", magic_name="remotely")


class RemotelyMagic:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._executor: Executor | None = None

    def run(self, line: str, cell: str | None = None) -> Executor | None:
        """`%remotely address` connects and gives the executor; `%%remotely` runs a cell."""
        if cell is None:
            if self._executor is not None:
                self._executor.close()
            self._executor = connect(line.strip() or None)
            return self._executor
        text = as_block(cell)
        name = self._shell.compile.cache(text, number=self._shell.execution_count)
        code = compile(text, name, "exec")
        names = self._shell.user_ns
        names[BLOCK] = self._make_block(line.split())
        try:
            exec(code, names)
        finally:
            names.pop(BLOCK, None)
        return None

    def _make_block(self, words: list[str]) -> Remotely:
        remotely = self._find_executor().remotely
        match words:
            case [] | ["downloadAll"]:
                return remotely.downloadAll()
            case ["remoteAll"]:
                return remotely.remoteAll()
            case ["downloadSmall"]:
                return remotely.downloadSmall()
            case ["downloadSmall", number] if number.isdecimal():
                return remotely.downloadSmall(int(number))
        raise ValueError(f"%%remotely {' '.join(words)}: behind it may stand {KINDS}")

    def _find_executor(self) -> Executor:
        if self._executor is not None and not self._executor.isClosed():
            return self._executor
        found = [value for value in self._shell.user_ns.values() if isinstance(value, Executor) and not value.isClosed()]
        if not found:
            raise ValueError("no cluster to run on: say where it is with `%remotely http://host:30000`, or `%remotely` for one of your own")
        return found[-1]


def as_block(cell: str) -> str:
    """The cell as the body of a with-block. Its lines keep their numbers: the magic's own line becomes that of the `with`.

    Raises SyntaxError."""
    tree = ast.parse(cell)
    inside_text = set(_lines_inside_strings(tree))
    lines = [line if number in inside_text or not line.strip() else f"    {line}" for number, line in enumerate(cell.splitlines(), 1)]
    body = lines if tree.body else ["    pass", *lines]
    return "\n".join([f"with {BLOCK}:", *body, ""])


def _lines_inside_strings(tree: ast.AST) -> Iterator[int]:
    """Lines that begin within a string: what is put before them would become part of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)):
            yield from range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
