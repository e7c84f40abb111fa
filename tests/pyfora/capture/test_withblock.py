"""The body must never run here, on any of the ways a block can stand in a program."""

import ast
import linecache
import sys
import threading
import weakref

import pytest

from pyfora.capture import withblock
from pyfora.capture.withblock import WithBlock
from pyfora.errors import BadWithBlockError, PythonToForaConversionError


def never(*_):
    raise AssertionError("the body ran here")


def entry_names(program):
    return {name: program.nodes[ref] for name, ref in program.entry.names}


def test_a_function_gets_its_locals(cluster):
    y = 1
    with cluster.block(x=41, z=2):
        x = never(y)
        z = x
    assert (x, y, z) == (41, 1, 2)
    assert cluster.program.entry.assigns == ("x", "z")
    assert cluster.program.sources[cluster.program.entry.source].text.startswith("    with cluster.block")


def test_a_deleted_name_of_a_function_lets_its_value_go(cluster):
    class Value:
        pass

    value = Value()
    seen = weakref.ref(value)
    with cluster.block(x=value):
        x = never()
    assert x is value
    cluster.values.clear()
    del x, value
    assert seen() is None


def test_a_snapshot_that_the_user_took_stays(cluster):
    y = 1
    snapshot = locals()
    with cluster.block(x=2):
        x = never(y)
    assert (snapshot["y"], x) == (1, 2)


def test_a_block_on_one_line(cluster):
    with cluster.block(x=1): x = never()  # fmt: skip  # noqa: E701
    assert x == 1


def test_the_module_level(cluster, run_file):
    assert run_file("with block:\n    x = never()\ny = x + 1\n", block=cluster.block(x=1), never=never)["y"] == 2


def test_a_class_body(cluster, run_file):
    space = run_file("class A:\n    k = 2\n    with block:\n        x = k\n    y = x\n", block=cluster.block(x=5))
    assert space["A"].y == 5


def test_a_class_body_that_uses_variables_of_its_function(cluster):
    q = 7
    block = cluster.block(x=q)

    class A:
        with block:
            x = q

    assert A.x == 7
    assert entry_names(cluster.program)["q"].value == 7


def test_a_closure_is_read_and_written(cluster):
    outside = 1

    def inner():
        nonlocal outside
        with cluster.block(outside=5):
            outside = outside + 1
        return outside

    assert inner() == 5
    assert outside == 5
    assert entry_names(cluster.program)["outside"].value == 1


def test_a_variable_that_an_inner_function_holds(cluster):
    def held():
        return x

    with cluster.block(x=3):
        x = never()
    assert held() == 3


def test_a_name_declared_global(cluster, run_file):
    text = "def f():\n    global g\n    with block:\n        g = 1\nf()\n"
    assert run_file(text, block=cluster.block(g=9))["g"] == 9


def test_a_loop_reads_values_anew_each_time(cluster):
    seen = []
    for i in range(3):
        with cluster.block(x=i * 10):
            x = i
        seen.append(x)
    assert seen == [0, 10, 20]
    assert [entry_names(each)["i"].value for each in cluster.programs] == [0, 1, 2]


def test_generators(cluster):
    def rows():
        for i in range(2):
            with cluster.block(x=i):
                x = never()
            yield x

    assert list(rows()) == [0, 1]


def test_threads(cluster):
    found = {}

    def work(number):
        block = WithBlock(cluster.origin, lambda program: type(cluster.run(program))({"x": entry_names(program)["number"].value}, None))
        for _ in range(200):
            with block:
                x = never(number)
            found[number] = x

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {0: 0, 1: 1, 2: 2, 3: 3}


def test_recursion(cluster):
    def down(n):
        with cluster.block(x=n):
            x = never()
        return x + (down(n - 1) if n else 0)

    assert down(4) == 10


def test_a_notebook_cell(cluster):
    text = "y = 2\nwith block:\n    x = y\n    x\n"
    name = "<ipython-input-7-abc>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    space = {"block": cluster.block(x=4)}
    for statement in ast.parse(text).body:  # as notebooks run a cell: statement by statement
        exec(compile(ast.Interactive([statement]), name, "single"), space)
    assert space["x"] == 4


def test_names_the_block_did_not_bind_stay_unbound(cluster):
    with cluster.block(x=1):
        x = 1
        if x > 2:
            y = 2
    assert "y" not in locals()


def test_a_name_deleted_in_the_block_is_deleted_here(cluster, run_file):
    space = run_file("x = 1\nwith block:\n    z = x\n    del x\n", block=cluster.block(z=3))
    assert "x" not in space
    assert space["z"] == 3


def test_a_name_made_and_deleted_in_the_block_never_comes(cluster):
    with cluster.block(z=3):
        temporary = 1
        z = temporary
        del temporary
    assert "temporary" not in locals()
    assert z == 3


def test_an_unbound_local_is_left_out_even_when_a_global_has_its_name(cluster, run_file):
    run_file("x = 1\ndef f():\n    with block:\n        y = x\n    x = 2\nf()\n", block=cluster.block())
    assert "x" not in entry_names(cluster.program)


def test_an_error_comes_with_the_names_bound_before_it(cluster):
    original = ValueError("remote")
    original.__context__ = KeyError("earlier")
    with pytest.raises(ValueError, match="remote") as raised, cluster.block(original, x=1):
        x = never()
    assert raised.value is original
    assert isinstance(raised.value.__context__, KeyError)
    assert x == 1


def test_an_error_shows_the_line_of_the_with_and_nothing_of_the_skipping(cluster):
    line = sys._getframe().f_lineno + 2
    with pytest.raises(ZeroDivisionError) as raised:  # noqa: SIM117
        with cluster.block(ZeroDivisionError()):
            never()
    assert raised.traceback[0].lineno + 1 == line
    assert raised.value.__context__ is None


def test_an_interrupt_while_waiting_passes_through(cluster):
    def run(program):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as raised, WithBlock(cluster.origin, run):
        never()
    assert raised.value.__context__ is None


def test_a_tracer_that_was_there_is_put_back(cluster):
    lines = []

    def tracer(frame, event, argument):
        if frame.f_code.co_name == "traced":
            lines.append(event)
            return tracer
        return None

    def traced():
        with cluster.block(x=1):
            x = never()
        return x + 1

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        assert traced() == 2
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert lines[-1] == "return"
    assert lines[-2] == "line"


def test_without_a_tracer_none_is_left_behind(cluster):
    before = sys.gettrace()
    frame = sys._getframe()
    with cluster.block():
        never()
    assert sys.gettrace() is before
    assert not frame.f_trace_opcodes


def test_a_block_that_cannot_be_captured_does_not_run(cluster, run_file):
    before = sys.gettrace()
    with pytest.raises(PythonToForaConversionError, match=r"line 2: `open` reads or writes a file"):
        run_file("with block:\n    never(open('x'))\n", block=cluster.block(), never=never)
    assert sys.gettrace() is before
    assert cluster.programs == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("with block as v:\n    x = 1", "line 1: `as v` gets nothing"),
        ("def f():\n    with block:\n        return 3\nf()", "line 3: `return 3` leaves the with-block"),
        ("def f():\n    with block:\n        yield 3\nlist(f())", r"line 3: `\(?yield 3\)?` leaves the with-block"),
        ("for i in [1]:\n    with block:\n        break", "line 3: `break` leaves the with-block"),
        ("for i in [1]:\n    with block:\n        if i: continue", "line 3: `continue` leaves the with-block"),
        ("with block:\n    with executor.remotely.downloadAll():\n        x = 1", "line 2: a remote with-block stands inside another"),
        ("log = []\nwith block:\n    log.append(1)", r"line 3: `log.append\(1\)` changes `log`.* `mine = list\(log\)`"),
        ("log = {}\nwith block:\n    log['a'] = 1", r"line 3: `log\['a'\]` changes `log`.* `mine = dict\(log\)`"),
        ("def f():\n    x = 1\n    with block:\n        del x\nf()", "`del x` deletes a variable of the function"),
        ("import contextlib\nwith block, contextlib.suppress(KeyError):\n    x = 1", "line 2: other context managers stand behind"),
        (
            "import contextlib\nwith contextlib.ExitStack() as stack:\n    stack.enter_context(block)",
            "must be entered by a `with` statement",
        ),
    ],
)
def test_what_a_block_may_not_contain(cluster, run_file, text, message):
    with pytest.raises(BadWithBlockError, match=message):
        run_file(text + "\n", block=cluster.block(), never=never)


def test_loops_of_its_own_may_break(cluster, run_file):
    run_file("with block:\n    for i in range(9):\n        break\n    def f():\n        return 1\n", block=cluster.block())
    assert cluster.program.entry.assigns == ("i", "f")


def test_outer_context_managers_run_here(cluster, run_file):
    text = "import contextlib\nwith contextlib.nullcontext(3) as n, block:\n    x = never(n)\n"
    assert run_file(text, block=cluster.block(x=4), never=never)["x"] == 4


def test_code_without_source_is_refused(cluster):
    with pytest.raises(BadWithBlockError, match="no source text"):
        exec(compile("with block:\n    x = 1\n", "<nowhere>", "exec"), {"block": cluster.block()})


def test_a_file_changed_since_it_was_started_is_refused(cluster, tmp_path):
    path = tmp_path / "edited.py"
    path.write_text("with block:\n    x = 1\n")
    code = compile(path.read_text(), str(path), "exec")
    path.write_text("with block:\n    x = 2\n")
    with pytest.raises(BadWithBlockError, match="changed since"):
        exec(code, {"block": cluster.block()})


def test_inside_a_trace_function_the_block_is_refused_rather_than_run(cluster, run_file):
    caught = []

    def tracer(frame, event, argument):
        if frame.f_code.co_name == "target":
            try:
                run_file("with block:\n    never()\n", block=cluster.block(), never=never)
            except BadWithBlockError as error:
                caught.append(error)

    def target():
        pass

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        target()
    finally:
        sys.settrace(before)
    assert "debugger" in str(caught[0])


def test_ctrl_c_in_the_moment_in_which_a_body_is_skipped(cluster, monkeypatch):
    with monkeypatch.context() as patched:
        set_trap = withblock._set_trap
        patched.setattr(withblock, "_set_trap", lambda frame, _: set_trap(frame, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt), cluster.block(x=1):
            x = never()
    with cluster.block(x=2):
        x = never()
    assert x == 2
