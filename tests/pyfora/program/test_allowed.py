import builtins
import importlib
import math
import subprocess
import sys
import types

import pytest

from pyfora.program.allowed import ALLOWED_BUILTINS, ALLOWED_MODULES, find_path, is_allowed, is_allowed_attribute


@pytest.mark.parametrize(
    "path",
    [
        "math",
        "math.sin",
        "builtins.len",
        "builtins.ValueError",
        "collections.abc.Iterable",
        "datetime.datetime.fromisoformat",
        "numpy.linalg.norm",
    ],
)
def test_pure_things_are_allowed(path):
    assert is_allowed(path)


@pytest.mark.parametrize(
    "path",
    [
        "os",
        "os.system",
        "builtins",
        "builtins.open",
        "builtins.eval",
        "builtins.__import__",
        "builtins.globals",
        "builtins.id",
        "datetime.datetime.now",
        "random.random",
        "dataclasses.sys",
        "numpy.load",
        "numpy.os",
        "numpy.random.rand",
        "numpy.ndarray.tofile",
        "json.load",
        "math.sin.__self__",
        "builtins.str.__subclasses__",
        "",
        ".",
        "math.",
    ],
)
def test_things_that_reach_outside_are_not(path):
    assert not is_allowed(path)


def test_every_listed_builtin_exists():
    assert all(hasattr(builtins, name) for name in ALLOWED_BUILTINS)


@pytest.mark.parametrize("module", sorted(name for name in ALLOWED_MODULES if not name.startswith("numpy")))
def test_no_listed_member_is_a_module_that_is_not_listed(module):
    live = importlib.import_module(module)
    for member in ALLOWED_MODULES[module]:
        value = getattr(live, member, None)
        assert not isinstance(value, types.ModuleType) or f"{module}.{member}" in ALLOWED_MODULES


def test_live_things_are_found_by_identity():
    assert find_path(math.sin) == "math.sin"
    assert find_path(math) == "math"
    assert find_path(len) == "builtins.len"
    assert find_path(ValueError) == "builtins.ValueError"
    assert find_path(open) is None
    assert find_path(lambda: 1) is None


def test_attributes_that_lead_into_the_interpreter_are_refused():
    assert is_allowed_attribute("__name__")
    assert is_allowed_attribute("__private")
    assert not any(
        map(is_allowed_attribute, ["__globals__", "__subclasses__", "__mro__", "__code__", "__dict__", "gi_frame", "f_builtins"])
    )


def test_the_list_imports_nothing_heavy():
    script = "import sys, pyfora.program.allowed as a; a.find_path(len); print('numpy' in sys.modules, 'statistics' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "False"]
