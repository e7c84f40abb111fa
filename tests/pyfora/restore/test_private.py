import ast

import pytest

from pyfora.restore.private import find_private_class, mangle, spell_out

BODY = """
def f(self, __a, *__r, __b=1, **__k):
    global __g
    __g = self.__x.__y
    try:
        def __inner(): return __b, __dunder__, _single
    except __E as __e: pass
    match __a:
        case [1, *__s]: pass
        case {"x": 1, **__rest}: pass
        case __P(__q=3) as __t: pass
    return h(__k=[__i for __i in __r], __n=lambda __z: __z)
"""


def names_of(code):
    inner = [each for const in code.co_consts if hasattr(const, "co_names") for each in names_of(const)]
    return [*code.co_names, *code.co_varnames, *code.co_freevars, *inner]


def code_of(text):
    while not hasattr(text, "co_names") or text.co_name != "f":
        consts = (compile(text, "a.py", "exec") if isinstance(text, (str, ast.AST)) else text).co_consts
        text = next(each for each in consts if hasattr(each, "co_names"))
    return text


@pytest.mark.parametrize("name", ["Account", "_Account", "__Account", "___"])
def test_names_are_spelt_as_the_compiler_spells_them_in_the_class(name):
    expected = code_of(f"class {name}:\n" + "\n".join("    " + line for line in BODY.splitlines()))
    tree = ast.parse(BODY)
    spell_out(tree.body[0], name)
    assert names_of(code_of(tree)) == names_of(expected)


def test_outside_of_classes_names_stay():
    tree = ast.parse(BODY)
    spell_out(tree, None)
    assert ast.dump(tree) == ast.dump(ast.parse(BODY))


def test_a_class_inside_keeps_its_own_private_names():
    tree = ast.parse("class __Inner(__Base):\n    __x = 1")
    spell_out(tree, "Outer")
    assert ast.unparse(tree) == "class _Outer__Inner(_Outer__Base):\n    __x = 1"


@pytest.mark.parametrize(
    ("qualname", "expected"),
    [("f", None), ("A.f", "A"), ("A.B.f", "B"), ("g.<locals>.A.f.<locals>.h.<locals>.<lambda>", "A"), ("f.<locals>.g", None), ("A", None)],
)
def test_the_class_is_found_in_the_qualified_name(qualname, expected):
    assert find_private_class(qualname) == expected


def test_only_private_names_are_mangled():
    assert [mangle(name, "_A") for name in ("__x", "__x__", "_x", "x", "__a.b")] == ["_A__x", "__x__", "_x", "x", "__a.b"]
