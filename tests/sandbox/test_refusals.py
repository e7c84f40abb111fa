"""Each thing that remote code may not do is refused in one sentence: file, line, the construct, why, and what to do instead."""

import re
from collections.abc import Callable

import pytest

from pyfora.capture.calls import capture_call
from pyfora.capture.client_origin import ClientOrigin
from pyfora.errors import InvalidPyforaOperation, PythonToForaConversionError
from tests.pyfora.capture.conftest import run_file
from tests.sandbox.test_escapes import text_of
from tests.sandbox.worker import Worker

__all__ = ["run_file"]

OUTSIDE = """
import asyncio, ctypes, datetime, functools, gc, glob, importlib, inspect, io, logging, multiprocessing, os, pathlib, pickle, platform
import queue, random, secrets, shutil, socket, sqlite3, subprocess, sys, tempfile, threading, time, urllib.request, uuid, weakref, zoneinfo
import concurrent.futures
import numpy
counter = 0
"""
AT_MODULE_LEVEL = {
    "opening a file": ("open('x')", "open"),
    "asking the user": ("input()", "input"),
    "a path": ("pathlib.Path('x').read_text()", "pathlib"),
    "a file in memory": ("io.StringIO()", "io"),
    "standard output": ("sys.stdout.write('x')", "sys"),
    "printing into a file": ("print('x', file=3)", "file"),
    "a temporary file": ("tempfile.mkdtemp()", "tempfile"),
    "copying files": ("shutil.rmtree('x')", "shutil"),
    "finding files": ("glob.glob('*')", "glob"),
    "a database": ("sqlite3.connect('x')", "sqlite3"),
    "a log": ("logging.warning('x')", "logging"),
    "unpickling": ("pickle.loads(b'')", "pickle"),
    "an array from a file": ("numpy.load('x')", "numpy.load"),
    "an array into a file": ("numpy.zeros(1).tofile('x')", "tofile"),
    "the time": ("time.time()", "time"),
    "waiting": ("time.sleep(1)", "time"),
    "a stopwatch": ("time.perf_counter()", "time"),
    "now": ("datetime.datetime.now()", "now"),
    "today": ("datetime.date.today()", "today"),
    "the time zone of the machine": ("datetime.datetime(2020, 1, 1).timestamp()", "timestamp"),
    "time zones": ("zoneinfo.ZoneInfo('UTC')", "zoneinfo"),
    "the environment": ("os.environ['HOME']", "os"),
    "a variable of it": ("os.getenv('HOME')", "os"),
    "arguments": ("sys.argv", "sys"),
    "the platform": ("platform.node()", "platform"),
    "a socket": ("socket.socket()", "socket"),
    "a web page": ("urllib.request.urlopen('http://localhost')", "urllib.request"),
    "a process": ("subprocess.run(['true'])", "subprocess"),
    "a shell": ("os.system('true')", "os"),
    "a fork": ("os.fork()", "os"),
    "processes": ("multiprocessing.Pool()", "multiprocessing"),
    "a thread": ("threading.Thread()", "threading"),
    "a lock": ("threading.Lock()", "threading"),
    "an executor": ("concurrent.futures.ThreadPoolExecutor()", "concurrent.futures"),
    "a queue": ("queue.Queue()", "queue"),
    "an event loop": ("asyncio.run(None)", "asyncio"),
    "eval": ("eval('1')", "eval"),
    "exec": ("exec('1')", "exec"),
    "compile": ("compile('1', '', 'eval')", "compile"),
    "globals": ("globals()", "globals"),
    "locals": ("locals()", "locals"),
    "vars": ("vars()", "vars"),
    "dir": ("dir()", "dir"),
    "__import__": ("__import__('os')", "__import__"),
    "importlib": ("importlib.import_module('os')", "importlib"),
    "frames": ("sys._getframe()", "sys"),
    "inspect": ("inspect.currentframe()", "inspect"),
    "the collector": ("gc.get_objects()", "gc"),
    "ctypes": ("ctypes.CDLL(None)", "ctypes"),
    "an address": ("id(1)", "id"),
    "weak references": ("weakref.ref(int)", "weakref"),
    "a dunder walk": ("().__class__.__base__", "__base__"),
    "code": ("(lambda: 0).__code__", "__code__"),
    "a text that reads attributes": ("'{0.__self__}'.format(len)", "__self__"),
    "getattr": ("getattr(len, '__se' + 'lf__')", "__self__"),
    "a random number": ("random.random()", "random.random"),
    "a random generator": ("random.Random()", "random.Random"),
    "randomness of the machine": ("random.SystemRandom()", "random.SystemRandom"),
    "secrets": ("secrets.token_hex()", "secrets"),
    "a unique name": ("uuid.uuid4()", "uuid"),
    "random bytes": ("os.urandom(8)", "os"),
    "numpy's random numbers": ("numpy.random.rand()", "numpy.random.rand"),
    "numpy's random generator": ("numpy.random.default_rng()", "numpy.random.default_rng"),
    "numpy's random state": ("numpy.random.RandomState()", "numpy.random.RandomState"),
    "an exception group": ("ExceptionGroup('x', [ValueError()])", "ExceptionGroup"),
    "an exception group of all kinds": ("BaseExceptionGroup('x', [KeyboardInterrupt()])", "BaseExceptionGroup"),
}
STATEMENTS = {
    "an import": ("import os", "os"),
    "an import of a name": ("from os import system", "os"),
    "an import of a submodule": ("import urllib.request", "urllib.request"),
    "a relative import": ("from . import x", "import"),
    "an import of a module that is not there": ("import nowhere_to_be_found", "nowhere_to_be_found"),
    "global": ("global counter\ncounter = 1", "global counter"),
    "async def": ("async def f(): pass", "async def f"),
    "await": ("async def f(): await f()", "is asynchronous"),
    "async for": ("async def f():\n async for x in f(): pass", "is asynchronous"),
    "async with": ("async def f():\n async with f(): pass", "is asynchronous"),
    "an asynchronous comprehension": ("async def f(): return [x async for x in f()]", "is asynchronous"),
    "except*": ("try: pass\nexcept* ValueError: pass", "except*"),
    "a global in a class": ("class A:\n def f(self):\n  global counter\n  counter = 1\nA().f()", "global counter"),
}
SENTENCE = re.compile(r".*program0\.py, line (\d+): `.+`:? .+[.;] .+")
"""`construct` reason. Way out."""


def refusal_of(run_file: Callable[..., dict[str, object]], body: str) -> str:
    space = run_file(OUTSIDE + text_of(body))
    try:
        program = capture_call(space["trick"], (), {}, ClientOrigin(lambda value: None))
    except PythonToForaConversionError as refusal:
        return str(refusal)
    error = Worker().run(program).error
    assert isinstance(error, InvalidPyforaOperation), error
    return str(error)


ALL = {name: (f"return {text}", what) for name, (text, what) in AT_MODULE_LEVEL.items()} | STATEMENTS


@pytest.mark.parametrize(("body", "what"), ALL.values(), ids=ALL)
def test_a_refusal_says_where_what_and_what_to_do(run_file: Callable[..., dict[str, object]], body: str, what: str) -> None:
    said = refusal_of(run_file, body)
    found = SENTENCE.fullmatch(said)
    assert found, said
    assert what in said
    first = OUTSIDE.count("\n") + 2
    assert first <= int(found[1]) <= first + body.count("\n"), said


HARMLESS = """

class Account:
    def __init__(self, balance): self.balance = balance
    def after(self, rate): return self.balance * (1 + rate)
    def save(self): open("x", "w").write(str(self.balance))
    def show(self): return self.__dict__
account = Account(100)
def make():
    log, generator = open("/dev/null", "w"), (n for n in range(3))
    def price(n): return n if n < 10 else log.write("x")
    def draw(n): return n if n < 10 else next(generator)
    return price, draw
price, draw = make()
"""


@pytest.mark.parametrize("text", ["price(3)", "draw(3)", "account.after(2)", "Account(1).balance"])
def test_what_cannot_run_there_does_no_harm_until_it_is_touched(run_file: Callable[..., dict[str, object]], text: str) -> None:
    space = run_file(f"{HARMLESS}def trick(): return {text}\n")
    expected = space["trick"]()  # type: ignore[operator]
    assert Worker().run(capture_call(space["trick"], (), {}, ClientOrigin(lambda value: None))).names == {"": expected}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("price(30)", "open file cannot travel to the cluster. Read the data before"),
        ("draw(30)", "iterator under way, of type generator, cannot travel to or from the cluster. Use a list of it"),
        ("account.save()", "program0.py, line 6: `open` reads or writes a file, .* Read the data before"),
        ("Account(1).show()", "program0.py, line 7: `self.__dict__` reaches into the interpreter, .* Leave `__dict__` out"),
    ],
)
def test_what_cannot_run_there_says_so_when_it_is_touched(run_file: Callable[..., dict[str, object]], text: str, message: str) -> None:
    space = run_file(f"{HARMLESS}def trick(): return {text}\n")
    error = Worker().run(capture_call(space["trick"], (), {}, ClientOrigin(lambda value: None))).error
    assert isinstance(error, InvalidPyforaOperation)
    assert re.search(message, str(error))
