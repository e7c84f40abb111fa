"""Real interpreters: what they keep of the text they run."""

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[3])

PRELUDE = """
import json, sys
from pyfora.capture.client_origin import ClientOrigin
from pyfora.capture.withblock import BlockResult, WithBlock
def run(program): return BlockResult({"x": 42, "texts": [source.text for source in program.sources]}, None)
block = WithBlock(ClientOrigin(lambda value: None), run)
"""


@pytest.fixture
def interpreter(tmp_path):
    """A prompt on a terminal: give it lines, get its last answer."""

    def start(lines, **environment):
        (tmp_path / "prelude.py").write_text(PRELUDE)
        result = tmp_path / "result.json"
        child, terminal = pty.fork()
        if child == 0:
            os.environ.update(PYTHONPATH=f"{ROOT}:{tmp_path}", HOME=str(tmp_path), TERM="xterm", **environment)
            os.execv(sys.executable, [sys.executable, "-i", "-q"])
        try:
            for line in ["from prelude import *", *lines, f"json.dump([x, texts], open({str(result)!r}, 'w'))", "exit()"]:
                wait_for_silence(terminal)
                os.write(terminal, line.encode() + b"\r")
            while wait_for_silence(terminal):
                pass
        finally:
            os.close(terminal)
            os.waitpid(child, 0)
        return json.loads(result.read_text())

    return start


def wait_for_silence(terminal):
    """Read until a prompt stands at the end; False when the interpreter has gone."""
    seen = b""
    while select.select([terminal], [], [], 20)[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            return False
        seen += piece
        if not piece or b">>> " in seen[-60:] or b"... " in seen[-60:]:
            return bool(piece)
    raise AssertionError(f"no prompt came: {seen!r}")


def test_the_prompt(interpreter):
    lines = ["def f(a):", "    return a + 1", "", "g = lambda q: q", "with block:", "    x = f(g(1))", "    texts = 0", ""]
    x, texts = interpreter(lines, PYTHON_BASIC_REPL="1")
    assert x == 42
    assert [text.strip() for text in texts] == [
        "with block:\n    x = f(g(1))\n    texts = 0",
        "def f(a):\n    return a + 1",
        "g = lambda q: q",
    ]


@pytest.mark.parametrize("environment", [{}, {"PYTHON_BASIC_REPL": "1"}])
def test_lines_of_the_prompt(interpreter, environment):
    """Without the variable Python 3.13 starts its own prompt, which indents by itself: so no lines are indented here."""
    x, texts = interpreter(["def f(a): return a + 1", "", "with block: x, texts = f, 2", ""], **environment)
    assert x == 42
    assert [text.strip() for text in texts] == ["with block: x, texts = f, 2", "def f(a): return a + 1"]


def test_a_program_on_the_command_line():
    program = PRELUDE + "def f(): return 1\nwith block:\n    x = f()\n    texts = []\nprint(x, len(texts))\n"
    done = subprocess.run(
        [sys.executable, "-Ic", f"import sys; sys.path.insert(0, {ROOT!r})\n{program}"], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("42 2\n", "")


def test_a_program_from_a_pipe_is_refused_in_one_sentence():
    program = PRELUDE + "with block:\n    x = 1\n    texts = []\n"
    done = subprocess.run(
        [sys.executable, "-"], input=program, capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": ROOT}
    )
    assert "BadWithBlockError: <stdin>, line 7: Python keeps no source text for this with-block. Put it into a file" in done.stderr
