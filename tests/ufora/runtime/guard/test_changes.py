"""Where guarded code asks whether an object may be changed. That what came from outside is refused: tests/sandbox."""

import ast
import textwrap

import pytest

from ufora.runtime.guard.changes import ChangeGuard
from ufora.runtime.guard.seats import Seats

QUESTION = "__id__(p) not in __captured__"


def guarded(text: str) -> str:
    return ast.unparse(ast.fix_missing_locations(ChangeGuard(0, Seats()).visit(ast.parse(textwrap.dedent(text)))))


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


def test_what_is_found_on_the_way_is_held_by_a_name_and_its_type_compared() -> None:
    assert guarded("def f(p):\n    p.x.append(1)").splitlines()[1].strip() == (
        "(__hoisted_v__ if __type__((__hoisted_v__ := p.x)) is __seats__[0] else __look__(__hoisted_v__, 0, 'append')).append(1)"
    )


@pytest.mark.parametrize(
    "text", ["class A:\n p.x.append(1)", "lambda: p.x.append(1)", "[p.x.append(q) for q in r]", "class A:\n p.x += q.y"]
)
def test_where_a_name_would_be_of_another_kind_there_is_none(text: str) -> None:
    assert ":=" not in guarded(text)
    assert "__own__(" in guarded(text)


def test_each_place_has_a_seat_and_the_same_one_when_it_is_guarded_again() -> None:
    seats = Seats()
    texts = [ast.unparse(ChangeGuard(0, seats).visit(ast.parse("p.x.y = 1\nq.x.y = 1"))) for _ in range(2)]
    assert texts[0] == texts[1]
    assert len(seats.types) == 2
    seats.types[0] = list
    seats.clear()
    assert seats.types == [None, None]
