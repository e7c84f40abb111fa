"""Questions that guarded code passes over."""

import ast

from ufora.runtime.guard.skips import Skips, ask_seldom


def test_a_place_keeps_its_slot() -> None:
    skips = Skips()
    assert [skips.number(place) for place in (("a", 1), ("a", 2), ("b", 1), ("a", 2))] == [0, 1, 2, 1]
    assert len(skips.slots) == 3


def ask(skips: Skips, times: int) -> str:
    """Whether each time the question was asked ("x") or passed over (".")."""
    question = ast.parse("answer = 'x'").body
    tree = ast.Module([ask_seldom("answer", skips.number(("here",)), question)], [])
    code = compile(ast.fix_missing_locations(tree), "program", "exec")
    said = ""
    for _ in range(times):
        names: dict[str, object] = {"__skips__": skips.slots}
        exec(code, names)
        said += str(names["answer"] or ".")
    return said


def test_a_question_is_passed_over_so_many_times_and_then_asked() -> None:
    skips = Skips()
    assert ask(skips, 2) == "xx"
    skips.skip(("here",), 3)
    assert ask(skips, 5) == "...xx"
    skips.skip_always(("here",))
    assert ask(skips, 5) == "....."
