import builtins
import symtable

import pytest

from pyfora.capture.free_names import find_names
from pyfora.program.nodes import Source


def chains(text, **given):
    return {".".join(use.chain) for use in find_names(Source("a.py", 1, text), 0).uses}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a, b=d):\n    return a + b + c", {"c"}),
        ("def f():\n    x = y\n    return x", {"y"}),
        ("def f():\n    return np.linalg.norm(v.x)[0].z", {"np.linalg.norm", "v.x"}),
        ("def f():\n    return [i + k for i in r if (w := i)] + [w]", {"r", "k"}),
        ("def f():\n    def g():\n        return x + z\n    x = 1\n    return g", {"z"}),
        ("def f():\n    class A(B):\n        x = 1\n        def m(self):\n            return x\n    return A", {"B", "x"}),
        ("def f():\n    try:\n        pass\n    except E as e:\n        return e", {"E"}),
        (
            "def f(s):\n    match s:\n        case P(x=1) as q:\n            return q\n        case [a, *rest]:\n            return rest",
            {"P"},
        ),
        ("def f(x: Ann) -> Ret:\n    import math\n    return math.sin(x)", set()),
        ("[i + k for i in r for j in s(i) if j]", {"k", "s"}),
        ("{i: k for i in r}", {"k"}),
        ("lambda x, *, y=q: x + y + z", {"z"}),
        ("class A(Base, metaclass=M):\n    x = y\n    z = x\n    def m(self, d=x): return self.k + w", {"Base", "M", "y", "w"}),
        ("with block:\n    x = x + 1\n    y = x\n    z = [y for q in x]\n    f(z)", {"x", "f"}),
        ("with block:\n    for i in r:\n        t += i\n    print(i)", {"r", "t", "print", "i"}),
        ("with block:\n    def f(): return g(f)\n    x = f()", {"g"}),
        ("with block:\n    del x", {"x"}),
        ("with block:\n    a.b.c = 1", {"a.b"}),
    ],
)
def test_names_are_scoped_as_in_python(text, expected):
    assert chains(text) == expected


def test_it_agrees_with_the_symbol_table():
    with open(symtable.__file__) as file:
        text = file.read()
    top = symtable.symtable(text, "symtable.py", "exec")
    lines = text.splitlines(keepends=True)
    for table in top.get_children():
        if table.get_type() != "function" or table.get_name() == "genexpr":
            continue
        first = table.get_lineno() - 1
        stop = next((n for n in range(first + 1, len(lines)) if lines[n].strip() and not lines[n].startswith((" ", ")"))), len(lines))
        source = Source("symtable.py", first + 1, "".join(lines[first:stop]))
        assert {use.chain[0] for use in find_names(source, 0).uses} == set(globals_of(table))


def globals_of(table):
    yield from table.get_globals()
    for child in table.get_children():
        yield from globals_of(child)


def test_a_block_binds_its_names_in_order():
    text = "with b:\n    x = 1\n    import os.path as p, json\n    for i, (j, *k) in r: pass\n"
    text += "    def f(): inner = 1\n    [n for n in (w := r)]\n    del x"
    names = find_names(Source("a.py", 1, text), 0)
    assert names.binds == ("x", "p", "json", "i", "j", "k", "f", "w")
    assert names.deletes == {"x"}


def test_private_names_carry_the_class():
    source = Source("a.py", 1, "class A:\n    def m(self):\n        return __helper(self.__x)\n")
    assert {use.chain for use in find_names(source, 0).uses} == {("_A__helper",)}
    assert {use.chain for use in find_names(source, 1).uses} == {("_A__helper",)}


def test_values_given_from_elsewhere_spare_what_their_assignments_use():
    source = Source("a.py", 1, "class A:\n    x = load()\n    y: int = other()\n")
    assert {use.chain for use in find_names(source, 0, frozenset({"x"})).uses if not use.soft} == {("other",)}


def test_builtins_are_names_like_others():
    assert chains("def f():\n    return len(x)") == {"len", "x"}
    assert hasattr(builtins, "len")
