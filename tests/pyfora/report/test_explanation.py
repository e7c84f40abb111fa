"""Explanations as data, in words, and the advice drawn from them."""

import json
from dataclasses import replace

import msgpack
import pytest

from pyfora.report.explanation import Deoptimisation, Explanation, Line

LINE = Line("a.py", 3, "sum(f(x) for x in xs if x < 3)", 1, 2.0, 1000, 0, 8)
SKEWED = replace(LINE, deoptimisations=(Deoptimisation(400, "b.py", 9, "it leaves 64 bits", 17),), interpreted=400)
SLOW = replace(LINE, line=5, compiled=0, interpreted=1000, slices=0, why_interpreted="`g` is an object", why_not_cut="`g` may print")
WHOLE = Explanation((SKEWED, SLOW), {"capture": 0.1, "compile": 0.2, "run": 4.0, "combine": 0.0001, "bring home": 0.3}, 3.9, 2)


@pytest.mark.parametrize("travel", [lambda plain: json.loads(json.dumps(plain)), lambda plain: msgpack.unpackb(msgpack.packb(plain))])
def test_it_travels_as_plain_data(travel) -> None:
    assert Explanation.from_plain(travel(WHOLE.as_plain())) == WHOLE
    assert Explanation.from_plain(travel(Explanation().as_plain())) == Explanation()


def test_what_another_release_adds_is_left_out() -> None:
    plain = WHOLE.as_plain()
    plain["weather"] = "fine"
    plain["lines"][0]["colour"] = plain["lines"][0]["deoptimisations"][0]["sound"] = "blue"
    assert Explanation.from_plain(plain) == WHOLE


def test_a_line_says_its_tier() -> None:
    assert (LINE.tier, LINE.cut, LINE.deopts) == ("compiled", True, 0)
    assert (SKEWED.tier, SKEWED.deopts) == ("compiled", 400)
    assert (SLOW.tier, SLOW.cut) == ("interpreted", False)
    assert replace(LINE, compiled=10, interpreted=20).tier == "both"


def test_it_reads_as_text() -> None:
    assert str(WHOLE) == repr(WHOLE)
    assert str(WHOLE).splitlines() == [
        "4.6 s in all: capture 100 ms, compile 200 ms, run 4 s, bring home 300 ms. The slices kept 2 cores busy for 3.9 s.",
        "",
        "a.py, line 3: sum(f(x) for x in xs if x < 3)",
        "    2 s, compiled, cut into 8 slices",
        "    400 of 1,400 elements left machine code, first element 17, b.py, line 9: it leaves 64 bits",
        "",
        "a.py, line 5: sum(f(x) for x in xs if x < 3)",
        "    2 s, interpreted because `g` is an object, not cut because `g` may print",
        "",
        "What would help most: a.py, line 5 took 2 s in CPython because `g` is an object: without that it would run as machine code.",
    ]


def test_it_reads_as_html_without_the_users_text_becoming_markup() -> None:
    page = WHOLE._repr_html_()
    assert "x &lt; 3" in page
    assert "x < 3" not in page
    assert "What would help most" in page


def test_many_lines_are_told_short() -> None:
    many = Explanation(tuple(replace(LINE, line=number) for number in range(1, 31)))
    assert "… and 10 more lines, which took less time." in str(many)


def test_times_of_other_kinds_are_added() -> None:
    more = WHOLE.with_seconds({"capture": 1.0, "wait": 2.0})
    assert more.seconds["capture"] == 1.1
    assert more.seconds["wait"] == 2.0
    assert more.seconds["run"] == 4.0


@pytest.mark.parametrize(
    ("explanation", "advice"),
    [
        (Explanation(), ""),
        (Explanation((LINE,), {"run": 2.0}), ""),
        (Explanation((LINE,), {"run": 2.0, "capture": 1.0, "transfer": 2.0}), "3 s went into sending"),
        (Explanation((LINE,), {"run": 2.0, "bring home": 1.0}), "1 s went into bringing the result home"),
        (Explanation((SKEWED,), {"run": 2.0}), "a.py, line 3: 400 elements ran twice"),
        (Explanation((replace(SLOW, why_interpreted=""),), {"run": 2.0}), "a.py, line 5 took 2 s on one core because `g` may print"),
        (Explanation((replace(SLOW, seconds=0.0),), {"run": 2.0}), "a.py, line 5 ran in CPython because `g` is an object"),
        (Explanation((LINE,), {"run": 0.001, "wait": 9.0}), "9 s went into waiting"),
    ],
)
def test_the_advice_is_what_would_save_most(explanation: Explanation, advice: str) -> None:
    assert explanation.advice.startswith(advice)
    assert bool(explanation.advice) == bool(advice)
