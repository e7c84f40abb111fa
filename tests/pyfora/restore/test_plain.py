import builtins
import importlib
import math
import subprocess
import sys

import pytest

from pyfora.errors import InvalidPyforaOperation
from pyfora.program.nodes import Remote, Source
from pyfora.restore.environment import Environment
from pyfora.restore.plain import PlainEnvironment, RefusedValue
from tests.pyfora.restore.building import plain


def test_it_is_an_environment():
    environment: Environment = plain()
    tree = object()
    assert environment.prepare(tree, Source("a.py", 1, ""), ()) is tree
    assert environment.builtins["len"] is builtins.len
    assert environment.get_remote(Remote("c1", "x", "list")) == ("remote", "c1", "x")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("math", math),
        ("math.sin", math.sin),
        ("builtins.Ellipsis", ...),
        ("builtins.str.join", str.join),
        ("collections.abc", importlib.import_module("collections.abc")),
        ("xml.dom.minidom.Text.splitText", importlib.import_module("xml.dom.minidom").Text.splitText),
    ],
)
def test_allowed_names_are_looked_up(path, value):
    assert plain().get_named(path) is value


@pytest.mark.parametrize("path", ["math.no_such", "no_such_module", "math.sin.no_such", "math..sin", "", "."])
def test_names_this_python_lacks_are_refused(path):
    with pytest.raises(InvalidPyforaOperation, match="not there"):
        plain().get_named(path)


def test_what_is_not_allowed_is_not_even_imported():
    environment = PlainEnvironment(lambda path: path == "math.sin", {}.get, {}.__setitem__, lambda node: None)
    with pytest.raises(InvalidPyforaOperation, match=r"antigravity\.fly"):
        environment.get_named("antigravity.fly")
    assert "antigravity" not in sys.modules


def test_what_is_remembered_is_known():
    known: dict[str, object] = {}
    environment = plain(known)
    environment.remember("k", len)
    assert environment.find_known("k") is len
    assert known == {"k": len}
    assert environment.find_known("other") is None


@pytest.mark.parametrize(
    "touch",
    [
        len,
        bool,
        str,
        iter,
        hash,
        lambda v: v + 1,
        lambda v: 1 + v,
        lambda v: v.x,
        lambda v: v(),
        lambda v: v == v,
        lambda v: setattr(v, "x", 1),
    ],
)
def test_a_refused_value_says_why_whenever_it_is_touched(touch):
    value = plain().make_refused("an open file cannot travel")
    with pytest.raises(InvalidPyforaOperation, match="an open file cannot travel"):
        touch(value)


def test_a_refused_value_can_be_shown():
    assert repr(plain().make_refused("why")) == "<refused: why>"
    assert isinstance(plain().make_refused("why"), RefusedValue)


def test_the_client_side_loads_no_numpy():
    code = "import sys, pyfora.restore.plain, pyfora.restore.trace, pyfora.wire; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
