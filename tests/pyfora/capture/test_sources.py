import functools

import pytest

from pyfora.capture.sources import find_class, find_function
from pyfora.errors import PythonToForaConversionError
from pyfora.program.places import find_place


def place(code):
    found = find_function(code) if hasattr(code, "__code__") else find_class(code)
    return find_place(found.source, found.ordinal), found.source


def keep(function):
    return function


@keep
@functools.wraps(keep)
def decorated(x):
    """A text.
    over several lines"""
    return x


def test_a_decorated_function_keeps_its_decorators_and_lines():
    node, source = place(decorated.__wrapped__ if False else decorated)
    assert node.name == "decorated"
    assert source.text.startswith("@keep\n")
    assert source.first_line == decorated.__code__.co_firstlineno


def test_a_lambda_is_cut_out_with_its_statement():
    table = {
        "a": lambda x: x + 1,
        "b": lambda x: x + 2,
    }
    node, source = place(table["b"])
    assert node.body.right.value == 2
    assert source.text.lstrip().startswith("table = {")


def test_a_statement_that_does_not_parse_alone_grows():
    if decorated is None:
        pass
    else: f = lambda: 42  # fmt: skip  # noqa: E701, E731
    node, source = place(f)
    assert node.body.value == 42
    assert source.text.lstrip().startswith("if decorated")


def test_private_names_bring_their_class():
    class Box:
        def __init__(self):
            self.__x = 1

        def get(self):
            return lambda: self.__x

    _, source = place(Box().get())
    assert source.text.lstrip().startswith("class Box:")


def test_classes_of_one_name_are_told_apart():
    if decorated:

        class Twin:
            def m(self):
                return 1

        first = Twin

    class Twin:
        def m(self):
            return 2

    assert "return 1" in place(first)[1].text
    assert "return 2" in place(Twin)[1].text


def test_a_file_changed_since_it_was_imported_is_noticed(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("def f():\n    return 1\n\nclass A:\n    def m(self):\n        return 1\n")
    space = {"__name__": "module", "__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text("def f():\n    return 2\n\nclass A:\n    def m(self):\n        return 2\n")
    with pytest.raises(PythonToForaConversionError, match=r"module.py, line 1: `f` is not what the file says now"):
        find_function(space["f"])
    with pytest.raises(PythonToForaConversionError, match=r"module.py, line 4: the class `A` is not what the file says now"):
        find_class(space["A"])


def test_a_file_changed_elsewhere_does_not_matter(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("def f():\n    return 1\n")
    space = {"__name__": "module", "__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text("def f():\n    return 1\n\nprint('more')\n")
    assert find_function(space["f"]).source.text == "def f():\n    return 1\n"


def test_code_without_source_has_none():
    space = {}
    exec("def f(): pass\nclass A: pass", space)
    assert find_function(space["f"]) is None
    assert find_class(type("Made", (), {})) is None
