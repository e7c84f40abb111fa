"""Every public name explains itself: by its docstring, and by what it looks like at the prompt."""

import inspect
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest

import pyfora
from pyfora.client.futures import ComputationFuture
from pyfora.client.remotely import Remotely
from pyfora.report.explanation import Deoptimisation, Line
from tests.pyfora.client.plain_workers import PlainWorkers
from tests.ufora.gateway.fakes import running_gateway

FURTHER = (ComputationFuture, Remotely, Line, Deoptimisation)  # what the public ones give
NAMED = [(name, getattr(pyfora, name)) for name in pyfora.__all__ if name != "__version__"]
OBJECTS = [*NAMED, *((each.__name__, each) for each in FURTHER)]


def list_parts(name: str, value: object) -> Iterator[tuple[str, object]]:
    """The object and what is public in it."""
    yield name, value
    if inspect.isclass(value):
        for part, each in vars(value).items():
            if not part.startswith("_") and (isinstance(each, property | classmethod) or inspect.isfunction(each)):
                yield f"{name}.{part}", each


PARTS = [part for name, value in OBJECTS for part in list_parts(name, value)]


@pytest.mark.parametrize(("name", "value"), PARTS, ids=[name for name, _ in PARTS])
def test_every_public_name_has_a_docstring(name: str, value: object) -> None:
    text = inspect.getdoc(value) or ""
    assert text, name
    assert not text.startswith(f"{name}("), "a dataclass's own signature is no docstring"


@pytest.mark.parametrize(
    "function",
    [
        pyfora.connect,
        pyfora.connect_async,
        pyfora.Executor.remotely.fget,  # type: ignore[attr-defined]
        pyfora.Executor.submit,
        pyfora.Executor.define,
        pyfora.Executor.explain,
        pyfora.Executor.getWorkerCount,
        pyfora.RemotePythonObject.toLocal,
        Remotely.downloadSmall,
    ],
    ids=lambda function: function.__qualname__,
)
def test_what_can_raise_says_what(function: Callable[..., object]) -> None:
    assert "Raises" in (inspect.getdoc(function) or "")


def test_arguments_with_a_unit_name_it() -> None:
    assert "seconds" in (pyfora.connect.__doc__ or "")
    assert "bytes" in (Remotely.downloadSmall.__doc__ or "")


def test_public_objects_are_readable_at_the_prompt(tmp_path: Path) -> None:
    with running_gateway(PlainWorkers().evaluate, tmp_path) as gateway, pyfora.connect(gateway.address) as executor:
        future = executor.submit(max, 3, 4)
        proxy = future.result()
        assert repr(executor) == f"<Executor of {gateway.address}, 1 worker>"
        assert repr(executor.remotely.downloadAll()) == f"<with-blocks on {gateway.address}, downloadAll()>"
        assert repr(future).startswith("<ComputationFuture of computation ")
        assert repr(future).endswith(", done>")
        shown = [executor, future, proxy, proxy.toLocal(), executor.remotely, executor.explain()]
    shown += [pyfora.Progress(0.5, 1, 2, 2, 90.0), pyfora.Explanation(), pyfora.ComputationCancelled("it was cancelled")]
    assert not [each for each in shown if " at 0x" in repr(each) or not repr(each)]
    assert repr(executor) == f"<Executor of {gateway.address}, closed>"


def test_its_types_are_shipped() -> None:
    assert files("pyfora").joinpath("py.typed").is_file()
    assert "py.typed" in Path(__file__).parents[2].joinpath("pyproject.toml").read_text("utf-8")
