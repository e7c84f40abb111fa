"""Every known way out is refused by the client before it runs or by the worker, and by a worker that never saw the client."""

import textwrap
from collections.abc import Callable

import pytest

from pyfora.capture.calls import capture_call
from pyfora.capture.client_origin import ClientOrigin
from pyfora.errors import InvalidPyforaOperation, PythonToForaConversionError, WireError
from pyfora.program import nodes
from pyfora.program.nodes import Call, Program, Source
from tests.pyfora.capture.conftest import run_file
from tests.sandbox.tricks import ALL
from tests.sandbox.worker import Worker

__all__ = ["run_file"]

REFUSALS = (InvalidPyforaOperation, PythonToForaConversionError, WireError)


def text_of(body: str) -> str:
    return "def trick():\n" + textwrap.indent(body, "    ") + "\n"


def handmade(text: str, **names: str) -> Program:
    """A Call of `trick` that no client has looked at. `names`: what its globals mean, as allow-list paths."""
    refs = tuple((name, number + 1) for number, name in enumerate(names))
    function = nodes.Function(0, 0, "trick", "trick", "user", refs, (), (), (), "")
    return Program((Source("user.py", 1, text),), (function, *map(nodes.Named, names.values())), (), Call(0, (), ()))


@pytest.mark.timeout(60)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("body", ALL.values(), ids=ALL)
def test_a_trick_is_refused_with_its_file_and_line(body: str, run_file: Callable[..., dict[str, object]]) -> None:
    space = run_file(text_of(body))
    try:
        program = capture_call(space["trick"], (), {}, ClientOrigin(lambda value: None))
    except PythonToForaConversionError as refusal:
        said = str(refusal)
    else:
        error = Worker().run(program).error
        assert isinstance(error, REFUSALS), error
        said = str(error)
    assert "program0.py, line " in said
    assert "`" in said


@pytest.mark.timeout(60)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("body", ALL.values(), ids=ALL)
def test_a_trick_is_refused_by_a_worker_that_never_saw_the_client(body: str) -> None:
    error = Worker().run(handmade(text_of(body))).error
    if isinstance(error, NameError):
        assert error.name in body  # a builtin that is not there
        return
    assert isinstance(error, REFUSALS), error


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "os",
        "builtins.eval",
        "builtins.__import__",
        "subprocess.Popen",
        "numpy.load",
        "math.__loader__",
        "builtins.str.__base__",
    ],
)
def test_a_named_thing_that_is_not_allowed_is_refused(path: str) -> None:
    program = handmade("def trick():\n    return thing\n", thing=path)
    assert isinstance(Worker().run(program).error, REFUSALS)


@pytest.mark.parametrize("name", ["__subclasses__", "__globals__", "__self__", "gi_frame", "__dict__", "__class__", "format"])
def test_a_walk_along_attribute_nodes_gives_nothing(name: str) -> None:
    program = Program((), (nodes.Named("builtins.len"), nodes.Attribute(0, name)), (), nodes.Value(1))
    assert isinstance(Worker().run(program).error, (*REFUSALS, AttributeError))


@pytest.mark.parametrize("path", ["builtins.getattr", "operator.attrgetter", "operator.methodcaller", "builtins.type"])
def test_a_call_that_a_program_makes_is_guarded_too(path: str) -> None:
    args = {"builtins.getattr": ("builtins.len", "__self__"), "builtins.type": ("math", "os")}.get(path, ("", "__self__"))
    made: list[nodes.Node] = [nodes.Named(path)]
    if path in ("builtins.getattr", "builtins.type"):
        made += [nodes.Named(args[0]), nodes.Constant(args[1]), nodes.Made(0, (1, 2), (), "")]
    else:
        made += [nodes.Constant(args[1]), nodes.Made(0, (1,), (), ""), nodes.Named("builtins.len"), nodes.Made(2, (3,), (), "")]
    assert isinstance(Worker().run(Program((), tuple(made), (), nodes.Value(len(made) - 1))).error, REFUSALS)


@pytest.mark.parametrize("name", ["__builtins__", "__captured__", "__own__", "__here__", "__unstoppable__"])
def test_a_program_cannot_bind_a_name_of_the_guard(name: str) -> None:
    assert isinstance(Worker().run(handmade("def trick():\n    return 1\n", **{name: "builtins.len"})).error, REFUSALS)


METHODS = "def trick():\n    class A:\n        def bad(self): return self.__dict__\n        def good(self): return 1\n    return A().{}()\n"
"""To be filled in: which one is called."""


def test_one_method_that_may_not_run_does_not_spoil_its_class() -> None:
    assert Worker().run(handmade(METHODS.format("good"))).names == {"": 1}
    assert str(Worker().run(handmade(METHODS.format("bad"))).error).startswith("user.py, line 3: `self.__dict__` reaches into")
