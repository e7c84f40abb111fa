"""Which memory lanes may share, on graphs of blocks drawn by hand; test_masks.py runs whole programs."""

import pytest
from llvmlite import ir  # type: ignore[import-untyped]

from tests.ufora.compile.programs import check
from ufora.compile import ahead, masks
from ufora.compile.copies import list_blocks
from ufora.compile.masks import _find_loops
from ufora.compile.uniform import find_parted
from ufora.compile.values import I1, I64, bool_word, int_word
from ufora.compile.vectors import Shape


def find(graph: dict[str, str]) -> set[str]:
    """Block → what it does: `k=` stores k, `k` loads it; and where it goes: `-> a | b` all lanes the same way, `-> a / b` each its own."""
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(I1, [I1, I1]), "f")
    together, apart = function.args
    entry, stopped = (function.append_basic_block(name) for name in ("entry", "stopped"))
    ir.IRBuilder(stopped).ret(bool_word(True))
    builder = ir.IRBuilder(entry)
    names = {word.rstrip("=") for text in graph.values() for word in text.partition("->")[0].split()}
    memory = {name: builder.alloca(I64) for name in sorted(names)}
    blocks = {name: function.append_basic_block(name) for name in [*graph, "end"]}
    builder.branch(blocks[next(iter(graph))])
    ir.IRBuilder(blocks["end"]).ret(bool_word(False))
    for name, text in graph.items():
        builder = ir.IRBuilder(blocks[name])
        done, _, way = text.partition("->")
        for word in done.split():
            if word.endswith("="):
                builder.store(int_word(1), memory[word[:-1]])
            else:
                builder.load(memory[word], typ=I64)
        targets = [blocks[target.strip()] for target in way.replace("|", "/").split("/")]
        if len(targets) == 1:
            builder.branch(targets[0])
        else:
            builder.cbranch(together if "|" in way else apart, *targets)
    order = list_blocks(blocks[next(iter(graph))], blocks["end"])
    parted = find_parted(order, _find_loops(order), lambda value: value is apart)
    return {name for name, place in memory.items() if place in parted}


GRAPHS: dict[str, tuple[dict[str, str], set[str]]] = {
    "a branch that all take together": ({"a": "-> b | c", "b": "k= -> c", "c": "k -> end"}, set()),
    "a branch that some take": ({"a": "-> b / c", "b": "k= -> c", "c": "k l= -> end"}, {"k"}),
    "both sides store": ({"a": "-> b / c", "b": "k= -> d", "c": "k= -> d", "d": "k -> end"}, {"k"}),
    "a choice of all, on one side only": ({"a": "-> b / c", "b": "-> c | d", "c": "k= -> d", "d": "k -> end"}, {"k"}),
    "behind where they meet": ({"a": "-> b / c", "b": "-> c", "c": "k= -> d", "d": "k -> end"}, set()),
    "a counter": ({"a": "k= -> b", "b": "k -> c | e", "c": "-> d", "d": "k= -> b", "e": "k -> end"}, set()),
    "a counter, left by some in the middle": ({"a": "k= -> b", "b": "k -> c | end", "c": "-> d / end", "d": "k= -> b"}, set()),
    "the same, read behind the loop": ({"a": "k= -> b", "b": "k -> c | e", "c": "-> d / e", "d": "k= -> b", "e": "k -> end"}, {"k"}),
    "read behind the way out of some": ({"a": "k= -> b", "b": "-> c | end", "c": "-> d / f", "d": "k= -> b", "f": "k -> end"}, {"k"}),
    "stored anew before it is read": (
        {"a": "k= -> b", "b": "k -> c | e", "c": "-> d / e", "d": "k= -> b", "e": "k= k -> end"},
        set(),
    ),
    "turns that some end early": ({"a": "k= -> b", "b": "k -> c | end", "c": "-> d / e", "d": "l= -> e", "e": "l k= -> b"}, {"l"}),
    "a count of turns, some of them longer": (
        {"a": "k= -> b", "b": "k -> c | end", "c": "l= -> d", "d": "l -> e / f", "e": "l= -> d", "f": "k= -> b"},
        set(),
    ),
    "the inner count, read behind it": (
        {"a": "k= -> b", "b": "k -> c | end", "c": "l= -> d", "d": "l -> e / f", "e": "l= -> d", "f": "l k= -> b"},
        {"l"},
    ),
    "out of both loops at the inner one's head": (
        {"a": "k= -> b", "b": "k= -> c", "c": "-> d | e", "d": "-> c / b", "e": "k -> end"},
        {"k"},
    ),
    "two ways out of an inner loop": (
        {"a": "-> b", "b": "-> c | end", "c": "-> d / f", "d": "-> c / e", "e": "k= -> f", "f": "k -> b"},
        {"k"},
    ),
    "nothing but a loop": ({"a": "k= k -> b / end", "b": "-> a"}, set()),
    "a loop whose head stores": ({"a": "k= -> b / c", "b": "-> a", "c": "k -> end"}, {"k"}),
    "stored on the way out of some": ({"a": "k= -> b", "b": "-> c | e", "c": "-> b / d", "d": "k= -> e", "e": "k -> end"}, {"k"}),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_memory_that_lanes_may_not_share(name: str) -> None:
    graph, parted = GRAPHS[name]
    assert find(graph) == parted


PROGRAMS = {
    "a counter of turns behind its loop": """
def f(a):
    x = a * 0.1
    k = 0
    while k < 60:
        k += 1
        x = x * 1.5 + 0.1
        if x > 40.0:
            break
    return k, x
""",
    "a number set on the way": """
def f(a):
    x = a * 0.1
    last = 0
    for k in range(90):
        x = x * 1.1 + 0.1
        if x > 9.0:
            last = k
            if x > 11.0:
                x = x * 0.25
    return last
""",
    "turns within turns": """
def f(a):
    t = 0.0
    for k in range(9):
        x = a * 0.3
        turns = 0
        for j in range(70):
            turns += 1
            x = x * 1.2 + 0.5
            if x > 50.0 - k:
                break
        else:
            turns = -k
        t += turns * 0.5 + j
    return t
""",
    "left when no turn was": """
def f(a):
    x = a * 0.1
    k = 0
    while k < 300:
        k += 1
        for j in range(70):
            x = x * 1.01 + 0.01
            if x > 3.0:
                x = x - 2.5
                break
        else:
            break
    return k, x
""",
    "skipped by all": """
def f(a):
    t = a * 0.5
    for k in range(80):
        if k % 3 == 1:
            continue
        if t > 30.0 and k > limit:
            return t - k
        t = t * 1.05 + k
    return t
""",
}


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_whose_counters_are_shared(name: str, native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "find_shape", lambda: Shape(16, native))
    monkeypatch.setattr(masks, "_WORTH", 1000)
    check(f"{PROGRAMS[name]}[f(i) for i in range(-8, 90)]", limit=30)


def test_a_long_function_is_no_deep_one() -> None:
    chain = {f"b{at}": f"-> b{at + 1}" for at in range(2, 3000)}
    assert find({"b0": "k= -> b1", "b1": "-> b2 / b3000", **chain, "b3000": "k -> end"}) == set()
