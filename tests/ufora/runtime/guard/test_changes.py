"""Where guarded code asks whether an object may be changed. That what came from outside is refused: tests/sandbox."""

import ast
import textwrap

import pytest

from ufora.runtime.guard.changes import ChangeGuard

QUESTION = "__id__(p) not in __captured__"


def guarded(text: str) -> str:
    return ast.unparse(ast.fix_missing_locations(ChangeGuard().visit(ast.parse(textwrap.dedent(text)))))


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("p.x = 1\np.y = 2", 1),
        ("p.x = 1\np = q\np.y = 2", 2),
        ("p.x = 1\nfor p in q: p.y = 2", 2),
        ("p.x = 1\nif a:\n p.y = 2\np.z = 3", 1),
        ("if a:\n p.x = 1\np.y = 2", 2),
        ("for p in q:\n p.x = 1\n p.y = 2", 1),
        ("while a:\n p.x = 1\n p = p.next", 1),
        ("p.x = 1\ntry:\n p = q\nexcept E:\n p.y = 2", 2),
        ("def f():\n p.x = 1\n p.y = 2", 2),  # another function may bind it in between
        ("def f():\n def g():\n  nonlocal p\n  p = q\n p = a\n p.x = 1\n g()\n p.y = 2", 2),
        ("p.x = 1\n[p.append(q) for q in r]", 1),
    ],
)
def test_an_object_is_asked_about_once_until_its_name_is_bound_again(text: str, questions: int) -> None:
    assert guarded(text).count(QUESTION) == questions


def test_what_a_name_holds_all_the_time_is_asked_about_before_the_loop() -> None:
    assert guarded("p = make()\nq = 1\nfor i in r:\n p[i] = 1").splitlines() == [
        "p = make()",
        "q = 1",
        f"__hoisted_p__ = {QUESTION}",
        "for i in r:",
        "    (p if __hoisted_p__ else __caught__(p, ''))[i] = 1",
    ]


def test_of_a_name_that_may_have_had_a_value_before_the_block_it_is_asked_each_time() -> None:
    assert guarded("for i in r:\n p[i] = 1\np = {}").count(QUESTION) == 1
    assert QUESTION not in guarded("p = {}\nfor i in r:\n p[i] = 1")
