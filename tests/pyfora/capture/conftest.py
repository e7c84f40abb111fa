"""Programs of live values, for looking at."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pyfora.capture.calls import capture_value
from pyfora.capture.client_origin import ClientOrigin
from pyfora.capture.withblock import BlockResult, WithBlock
from pyfora.program.nodes import Node, Program


@pytest.fixture
def origin() -> ClientOrigin:
    return ClientOrigin(lambda value: None)


@pytest.fixture
def node_of(origin: ClientOrigin) -> Callable[[object], tuple[Node, tuple[Node, ...]]]:
    """The node of a value and all nodes."""

    def encode(value: object) -> tuple[Node, tuple[Node, ...]]:
        program = capture_value(value, origin)
        return program.nodes[program.entry.value], program.nodes

    return encode


class Recorder:
    """Stands for the cluster: keeps the Programs, answers what it was told to."""

    def __init__(self, origin: ClientOrigin) -> None:
        self.origin = origin
        self.programs: list[Program] = []
        self.values: Mapping[str, object] = {}
        self.error: BaseException | None = None

    def run(self, program: Program) -> BlockResult:
        self.programs.append(program)
        return BlockResult(self.values, self.error)

    def block(self, error: BaseException | None = None, **values: object) -> WithBlock:
        """A with-block that answers with these names."""
        self.values, self.error = values, error
        return WithBlock(self.origin, self.run)

    @property
    def program(self) -> Program:
        return self.programs[-1]


@pytest.fixture
def cluster(origin: ClientOrigin) -> Recorder:
    return Recorder(origin)


@pytest.fixture
def run_file(tmp_path: Path) -> Callable[..., dict[str, object]]:
    """Run a text as a file of its own; gives its globals."""

    def run(text: str, **names: object) -> dict[str, object]:
        path = tmp_path / f"program{len(list(tmp_path.iterdir()))}.py"
        path.write_text(text)
        space: dict[str, object] = {"__name__": "program", **names}
        exec(compile(text, str(path), "exec"), space)
        return space

    return run
