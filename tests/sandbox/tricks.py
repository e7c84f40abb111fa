"""Ways out of a Python sandbox, as bodies of functions. Each returns, prints or does what it must not reach."""

DUNDER_WALKS = {
    "subclasses of object": "return ().__class__.__mro__[1].__subclasses__()",
    "bases": "return ().__class__.__base__",
    "bases as a tuple": "return ().__class__.__bases__[0]",
    "look-alike letters": "return ().__ｃlass__.__ｂase__",
    "a function's globals": "def f(): pass\nreturn f.__globals__",
    "a function's builtins": "def f(): pass\nreturn f.__builtins__",
    "a function's code": "def f(): pass\nreturn f.__code__",
    "a function's closure": "n = 1\ndef f(): return n\nreturn f.__closure__",
    "a function's dictionary": "def f(): pass\nreturn f.__dict__",
    "a function's annotations": "def f(): pass\nreturn f.__annotations__",
    "a builtin's module": "return print.__self__",
    "another builtin's module": "return len.__self__",
    "the module of sum": "return sum.__self__",
    "a wrapped function": "import functools\n@functools.wraps(len)\ndef f(): pass\nreturn f.__wrapped__",
    "object.__getattribute__": "return object.__getattribute__((), '__class__')",
    "super().__getattribute__": ("class A:\n def f(self): return super().__getattribute__('__class__')\nreturn A().f()"),
    "type.__subclasses__": "return type.__subclasses__(object)",
    "type.mro": "return type.__mro__",
    "__reduce_ex__": "return ().__reduce_ex__(4)",
    "__dir__": "return ().__dir__()",
    "__init__'s globals": "class A:\n def __init__(self): pass\nreturn A.__init__.__globals__",
    "a method's function": "class A:\n def f(self): pass\nreturn A().f.__func__",
    "a method's code": "class A:\n def f(self): pass\nreturn A.f.__code__",
    "an instance's dictionary": "class A: pass\nreturn A().__dict__",
    "__annotations__ of the module": "return __annotations__",
}
FRAMES = {
    "a generator's frame": "return (n for n in ()).gi_frame",
    "a generator's code": "return (n for n in ()).gi_code",
    "what a generator waits for": "def g(): yield from ()\nreturn g().gi_yieldfrom",
    "the frame before": "return (n for n in ()).gi_frame.f_back.f_globals",
    "a traceback": "try:\n 1 / 0\nexcept ZeroDivisionError as e:\n return e.__traceback__",
    "a traceback's frame": "try:\n 1 / 0\nexcept ZeroDivisionError as e:\n return e.__traceback__.tb_frame",
    "with_traceback": "return ValueError().with_traceback(None)",
    "a coroutine": "async def f(): pass\nreturn f().cr_frame",
    "an asynchronous generator": "async def f(): yield 1\nreturn f().ag_frame",
}
COMPUTED_NAMES = {
    "getattr": "return getattr((), '__cl' + 'ass__').__base__",
    "getattr of globals": "def f(): pass\nreturn getattr(f, '__glo' + 'bals__')",
    "getattr by a text of one's own": (
        "class S(str):\n def startswith(self, *a): return False\n def __eq__(self, o): return False\n"
        " def __hash__(self): return 0\n"
        "return getattr(len, S('__self__'))"
    ),
    "getattr with a default": "return getattr(len, '__self__', None)",
    "getattr of a frame": "return getattr((n for n in ()), 'gi_' + 'frame')",
    "getattr through map": "return list(map(getattr, [len], ['__self__']))",
    "getattr through partial": "import functools\nreturn functools.partial(getattr, len)('__self__')",
    "hasattr": "return hasattr(len, '__self__')",
    "setattr": "class A: pass\nsetattr(A(), '__class__', A)",
    "setattr of code": "def f(): pass\ndef g(): return 1\nsetattr(f, '__code__', 1)",
    "delattr": "class A: pass\ndelattr(A, '__dict__')",
    "delattr by a text of one's own": "class S(str): pass\nclass A: pass\ndelattr(A, S('__dict__'))",
    "attrgetter": "import operator\nreturn operator.attrgetter('__self__')(len)",
    "attrgetter with dots": "import operator\nreturn operator.attrgetter('__class__.__base__')(())",
    "attrgetter as a key": "import operator\nreturn max([len, abs], key=operator.attrgetter('__self__'))",
    "methodcaller": "import operator\nreturn operator.methodcaller('__subclasses__')(object)",
    "methodcaller of getattribute": "import operator\nreturn operator.methodcaller('__getattribute__', '__self__')(len)",
    "methodcaller of format": "import operator\nreturn operator.methodcaller('format', len)('{0.__self__}')",
    "a class pattern": "match len:\n case object(__self__=m): return m",
    "a class pattern of a frame": "match (n for n in ()):\n case object(gi_frame=m): return m",
    "a class pattern's positions": (
        "class M(type):\n def __instancecheck__(cls, value): return True\n"
        "class A(metaclass=M):\n __match_args__ = ('__self__',)\n"
        "match len:\n case A(m): return m"
    ),
    "positions that a metaclass computes": (
        "class M(type):\n def __instancecheck__(cls, value): return True\n __match_args__ = property(lambda cls: ('__self__',))\n"
        "class A(metaclass=M): pass\n"
        "match len:\n case A(m): return m"
    ),
    "positions of a named tuple": (
        "import abc, collections\nclass M(abc.ABCMeta):\n def __instancecheck__(cls, value): return True\n"
        "class A(collections.namedtuple('A', 'gi_frame'), metaclass=M): pass\n"
        "match (n for n in ()):\n case A(m): return m"
    ),
    "setattr of positions": "class A: pass\nsetattr(A, '__match_args__', ('__self__',))",
    "an assignment to __class__": "class A: pass\nclass B: pass\na = A()\na.__class__ = B",
}
FORMATS = {
    "format": "return '{0.__self__}'.format(len)",
    "format of a frame": "return '{0.gi_frame.f_globals}'.format(n for n in ())",
    "format in a specification": "return '{:{1.__self__}}'.format(1, len)",
    "format by name": "return '{f.__self__}'.format(f=len)",
    "format_map": "return '{f.__self__}'.format_map({'f': len})",
    "str.format": "return str.format('{0.__self__}', len)",
    "str.format_map": "return str.format_map('{f.__self__}', {'f': len})",
    "str.format through map": "return list(map(str.format, ['{0.__self__}'], [len]))",
    "format by getattr": "return getattr('{0.__self__}', 'format')(len)",
    "format of a class of one's own": "class S(str): pass\nreturn S('{0.__self__}').format(len)",
    "super().format": "class S(str):\n def f(self, x): return super().format(x)\nreturn S('{0.__self__}').f(len)",
    "format behind an index": "return '{0[0].__self__}'.format([len])",
    "format in a pattern": "match '{0.__self__}':\n case str(format=f): return f(len)",
}
TEXT_AS_CODE = {
    "eval": "return eval('1')",
    "exec": "exec('x = 1')",
    "compile": "return compile('1', '', 'eval')",
    "open": "return open('/etc/passwd').read()",
    "__import__": "return __import__('os').getpid()",
    "import os": "import os\nreturn os.getpid()",
    "from os import": "from os import system\nreturn system('true')",
    "import a submodule": "import os.path\nreturn os.path",
    "__builtins__": "return __builtins__['open']",
    "__loader__": "return __loader__.load_module('os')",
    "__spec__": "return __spec__",
    "__build_class__": "return __build_class__",
    "globals": "return globals()",
    "locals": "return locals()",
    "vars": "return vars()",
    "dir": "return dir()",
    "breakpoint": "breakpoint()",
    "input": "return input()",
    "id": "return id(1)",
    "memoryview of code": "return memoryview(b'1').__class__.__base__",
    "help": "return help.__class__",
    "exit": "exit()",
    "a type hint that is evaluated": "import typing\nreturn typing.List['().__class__'].__args__[0]._evaluate({}, {}, frozenset())",
    "annotations that register evaluates": (
        "import functools\n@functools.singledispatch\ndef f(x): pass\n"
        "@f.register\ndef g(x: '().__class__.__base__.__subclasses__()'): pass\nreturn g"
    ),
    "annotations that register finds": (
        "import functools\n@functools.singledispatch\ndef f(x): pass\n"
        "def g(x): pass\nclass C:\n __annotations__ = {'x': 'len'}\nf.register(C())"
    ),
    "the frame of an exit stack's trace": (
        "import contextlib\nseen = []\nwith contextlib.ExitStack() as s:\n s.push(lambda kind, error, trace: seen.append(trace.tb_frame))\n"
        " raise KeyError"
    ),
    "what an exit stack wraps": (
        "import contextlib\ns = contextlib.ExitStack()\ns.callback(print)\nreturn s._exit_callbacks[0][1].__wrapped__.__globals__"
    ),
    "a field's name as code": (
        "import dataclasses\n"
        "return dataclasses.dataclass(type('A', (), {'__annota' + 'tions__': {'x=__import__(\"os\").getpid()': int}}))().x"
    ),
    "a field's name that leads inside": (
        "import dataclasses\nA = type('A', (), {'__annota' + 'tions__': {'__subclasses__': object}})\nreturn dataclasses.dataclass(A)"
    ),
    "a dataclass of classes": "import dataclasses\n@dataclasses.dataclass\nclass M(type):\n x: int\nreturn M",
    "fields of one's own": "class A:\n __dataclass_fields__ = {}\nreturn A",
}
LIBRARIES = {
    "numpy.save": "import numpy\nnumpy.save('/tmp/x', numpy.zeros(1))",
    "numpy.load": "import numpy\nreturn numpy.load('/etc/passwd')",
    "numpy.fromfile": "import numpy\nreturn numpy.fromfile('/etc/passwd')",
    "numpy.loadtxt": "import numpy\nreturn numpy.loadtxt('/etc/passwd')",
    "numpy.memmap": "import numpy\nreturn numpy.memmap('/etc/passwd')",
    "numpy's os": "import numpy\nreturn numpy.os",
    "numpy's lib": "import numpy\nreturn numpy.lib.npyio",
    "numpy.ctypeslib": "import numpy\nreturn numpy.ctypeslib",
    "numpy.testing": "from numpy import testing\nreturn testing",
    "an array's tofile": "import numpy\nnumpy.zeros(1).tofile('/dev/null')",
    "an array's dump": "import numpy\nnumpy.zeros(1).dump('/dev/null')",
    "an array's ctypes": "import numpy\nreturn numpy.zeros(1).ctypes",
    "tofile by getattr": "import numpy\ngetattr(numpy.zeros(1), 'to' + 'file')('/dev/null')",
    "tofile by methodcaller": "import operator, numpy\noperator.methodcaller('tofile', '/dev/null')(numpy.zeros(1))",
    "tofile from the type": "import numpy\nnumpy.ndarray.tofile(numpy.zeros(1), '/dev/null')",
    "an array over raw memory": "import numpy\nreturn numpy.ndarray((1,), object, bytearray(8))",
    "raw memory by type()": "import numpy\nreturn type(numpy.zeros(1))((1,), object, bytearray(8))",
    "raw memory by __class__": "import numpy\nreturn numpy.zeros(1).__class__((1,), object, bytearray(8))",
    "a generator's C side": "import numpy\nreturn numpy.random.default_rng(1).bit_generator.ctypes",
    "unseeded numbers of numpy": "import numpy\nreturn numpy.random.rand()",
    "statistics.sys": "import statistics\nreturn statistics.sys",
    "collections.abc.sys": "import collections.abc\nreturn collections.abc.sys",
    "collections._sys": "import collections\nreturn collections._sys",
    "dataclasses.sys": "import dataclasses\nreturn dataclasses.sys",
    "typing.sys": "import typing\nreturn typing.sys",
    "typing.get_type_hints": "import typing\nreturn typing.get_type_hints",
    "typing.ForwardRef": "from typing import ForwardRef\nreturn ForwardRef",
    "enum.sys": "import enum\nreturn enum.sys",
    "re.sys": "import re\nreturn re._compiler.sys",
    "random._os": "import random\nreturn random._os",
    "random's global generator": "import random\nreturn random.random()",
    "functools internals": "import functools\nreturn functools.recursive_repr",
    "json.load": "import json\nreturn json.load",
    "json.codecs": "import json\nreturn json.codecs",
    "copy internals": "import copy\nreturn copy._reconstruct",
    "hashlib.file_digest": "import hashlib\nreturn hashlib.file_digest",
    "decimal internals": "import decimal\nreturn decimal.setcontext",
    "datetime internals": "import datetime\nreturn datetime.sys",
    "the clock": "import datetime\nreturn datetime.datetime.now()",
    "the clock by an instance": "import datetime\nreturn datetime.datetime(2020, 1, 1).now()",
    "the clock by getattr": "import datetime\nreturn getattr(datetime.date, 'to' + 'day')()",
    "the machine's time zone": "import datetime\nreturn datetime.datetime(2020, 1, 1).astimezone()",
    "a module's type": "import math\nreturn type(math)('os').getpid()",
    "a module's dictionary": "import math\nreturn math.__dict__",
    "a module's loader": "import math\nreturn math.__loader__",
    "a change to a module": "import math\nmath.pi = 3",
    "a change to a module by setattr": "import math\nsetattr(math, 'pi', 3)",
    "print to a file": "print(1, file=1)",
    "make_dataclass": "import dataclasses\nreturn dataclasses.make_dataclass('A', ['x'])",
    "object.__setattr__ of __class__": "class A: pass\nclass B: pass\nobject.__setattr__(A(), '__class__', B)",
}
RAW_MEMORY = {
    "an alias of type": "import numpy\nt = type\nreturn t(numpy.zeros(1))((1,), object, bytearray(8))",
    "type through map": "import numpy\nreturn list(map(type, [numpy.zeros(1)]))[0]((1,), object, bytearray(8))",
    "type through partial": "import functools, numpy\nreturn functools.partial(type, numpy.zeros(1))()((1,), object, bytearray(8))",
    "type as a key": "import numpy\nreturn max([numpy.zeros(1)], key=lambda a: type(a)((1,), object, bytearray(8)))",
    "type by a parameter": "import numpy\ndef f(t): return t(numpy.zeros(1))\nreturn f(type)((1,), object, bytearray(8))",
    "type of a stand-in": "import numpy\nreturn type(numpy.ndarray)('A', (numpy.ndarray,), {})",
    "__class__ by attrgetter": "import numpy, operator\nreturn operator.attrgetter('__class__')(numpy.zeros(1))((1,), object)",
    "a subclass of arrays": "import numpy\nclass A(numpy.ndarray): pass\nreturn A((1,), object, bytearray(8))",
    "a subclass of arrays by type": "import numpy\nreturn type('A', (numpy.ndarray,), {})((1,), object, bytearray(8))",
    "an array's __new__": "import numpy\nreturn numpy.ndarray((1,), object, bytearray(8))",
    "addresses of objects": "import numpy\na = numpy.array([[], 1], dtype=object)\nreturn numpy.frombuffer(a, numpy.int64)",
    "addresses by a memory view": "import numpy\na = numpy.array([[], 1], dtype=object)\nreturn numpy.frombuffer(a.data, numpy.int64)",
    "memory freed under a view": "import numpy\na = numpy.zeros(9)\nv = a[:]\na.resize(10**6, refcheck=False)\nreturn v[0]",
    "memory freed by the type": "import numpy\na = numpy.zeros(9)\nnumpy.ndarray.resize(a, 10**6, refcheck=False)",
    "a generator's inside": "import numpy\nreturn numpy.random.PCG64(1).capsule",
    "a generator's state": (
        "import numpy\nb = numpy.random.MT19937(1)\n"
        "b.state = {'bit_generator': 'MT19937', 'state': {'key': numpy.zeros(624, 'u4'), 'pos': 10**6}}\nreturn b.random_raw()"
    ),
    "a generator's state by setattr": "import numpy\nsetattr(numpy.random.MT19937(1), 'state', {})",
    "a generator's state by a method": "import numpy\nnumpy.random.RandomState(1).set_state(('MT19937', numpy.zeros(624, 'u4'), 10**6))",
    "an alias of frombuffer": "import numpy\nf = numpy.frombuffer\nreturn list(map(f, [numpy.array([[]], dtype=object)]))",
    "strides of one's own": "import numpy\nreturn numpy.lib.stride_tricks.as_strided(numpy.zeros(1), (9,), (800,))",
}
UNSEEDED = {
    "random.Random": "import random\nreturn random.Random()",
    "random.Random of None": "import random\nreturn random.Random(None)",
    "random.Random by an alias": "import random\nR = random.Random\nreturn R()",
    "random.Random through map": "import random\nreturn list(map(random.Random, [None]))",
    "random.Random through partial": "import functools, random\nreturn functools.partial(random.Random)()",
    "random.Random by its instance": "import random\nreturn type(random.Random(1))()",
    "random.Random by a subclass": "import random\nclass R(random.Random): pass\nreturn R()",
    "random.Random seeded anew": "import random\nrandom.Random(1).seed()",
    "random.Random by its bases": "import random\nreturn random.Random.mro()[1]()",
    "random.SystemRandom": "import random\nreturn random.SystemRandom()",
    "default_rng": "import numpy\nreturn numpy.random.default_rng()",
    "default_rng of None": "import numpy\nreturn numpy.random.default_rng(seed=None)",
    "default_rng by an alias": "import numpy\nr = numpy.random.default_rng\nreturn r()",
    "default_rng through map": "import numpy\nreturn list(map(numpy.random.default_rng, [None]))",
    "RandomState": "import numpy\nreturn numpy.random.RandomState()",
    "RandomState of None": "import numpy\nreturn numpy.random.RandomState(None)",
    "RandomState by its instance": "import numpy\nreturn type(numpy.random.RandomState(1))()",
    "RandomState by __class__": "import numpy\nreturn numpy.random.RandomState(1).__class__()",
    "RandomState seeded anew": "import numpy\nnumpy.random.RandomState(1).seed()",
    "PCG64": "import numpy\nreturn numpy.random.Generator(numpy.random.PCG64())",
    "PCG64 by its instance": "import numpy\nreturn type(numpy.random.default_rng(1).bit_generator)()",
    "MT19937": "import numpy\nreturn numpy.random.MT19937()",
    "Philox": "import numpy\nreturn numpy.random.Philox()",
    "SFC64": "import numpy\nreturn numpy.random.SFC64()",
    "SeedSequence": "import numpy\nreturn numpy.random.SeedSequence()",
    "SeedSequence of None": "import numpy\nreturn numpy.random.SeedSequence(entropy=None)",
    "a subclass of a bit generator": "import numpy\nclass B(numpy.random.BitGenerator): pass\nreturn B()",
}
SHARED = {
    "a class of a library": "import fractions\nfractions.Fraction.limit_denominator = lambda self, n: 1",
    "a class by its name": "from collections import Counter\nCounter.most_common = None",
    "a class by setattr": "import statistics\nsetattr(statistics.NormalDist, 'mean', 1)",
    "a class by an alias": "import textwrap\nT = textwrap.TextWrapper\nT.wrap = None",
    "a class's own dictionary": "import textwrap\ntextwrap.TextWrapper.unicode_whitespace_trans[9] = 'x'",
    "a class by delattr": "import json\ndelattr(json.JSONEncoder, 'default')",
    "a function of a library": "import statistics\nstatistics.mean.kept = []",
    "an object of a library": "import numpy\nnumpy.r_.axis = 5",
    "a stand-in": "import numpy\nnumpy.ndarray.kept = []",
    "the stand-in of type": "type.kept = []",
    "an enum's members": "import re\nre.RegexFlag._member_map_.clear()",
    "a random class": "import random\nrandom.Random.random = lambda self: 4",
}
COPIED_NAMES = {
    "wraps with names": "import functools\n@functools.wraps(len, assigned=('__self__',), updated=())\ndef f(): pass\nreturn f",
    "wraps that updates by name": (
        "import functools\nclass G:\n def update(self, d): kept.append(d)\n"
        "class W:\n def __getattr__(self, name): return G()\n"
        "kept = []\ndef f(): pass\nfunctools.wraps(f, assigned=(), updated=('__globals__',))(W())\nreturn kept[0]"
    ),
    "the clock by a cached class": "import datetime, functools\nreturn functools.cache(datetime.datetime).now(datetime.datetime)",
    "the clock by a wrapped class": (
        "import datetime, functools\n@functools.singledispatch\ndef f(x): pass\n"
        "g = functools.lru_cache(datetime.date)\nreturn g.today(datetime.date)"
    ),
    "the time zone of the class": "import datetime\nreturn datetime.datetime.astimezone(datetime.datetime(2020, 1, 1))",
    "the time zone by a timestamp": "import datetime\nreturn datetime.datetime(2020, 1, 1).timestamp()",
    "the time zone by a subclass": ("import datetime\nclass D(datetime.datetime): tzinfo = 1\nreturn D(2020, 1, 1).timestamp()"),
    "a bound now": "import datetime\nf = datetime.datetime.now\nreturn f()",
    "a cached array class": "import functools, numpy\nreturn functools.cache(numpy.dtype).type.__self__",
}
COPYING = {
    "__reduce__": "import copy\nclass A:\n def __reduce__(self): return (print, ('x',))\nreturn copy.copy(A())",
    "__reduce_ex__": "import copy\nclass A:\n def __reduce_ex__(self, n): return (print, ('x',))\nreturn copy.copy(A())",
    "__reduce_ex__ deep inside": "import copy\nclass A:\n def __reduce_ex__(self, n): return (print, ())\nreturn copy.deepcopy([[A()]])",
    "__getstate__": "import copy\nclass A:\n def __getstate__(self): return (None, {'__doc__': 1})\nreturn copy.copy(A())",
}
THE_GUARD = {
    "its names": "return __generator__",
    "its names again": "return __function__",
    "its consumers": "return __consume__",
    "its globals": "return __here__",
    "its set of captured objects": "__captured__.clear()",
    "a parameter in its place": "def f(__captured__): return 1\nreturn f(())",
    "a function in its place": "def __caught__(x, y): return x\nreturn 1",
    "a class in its place": "class __unstoppable__(Exception): pass\nreturn 1",
    "an import in its place": "import math as __own__\nreturn 1",
    "an exception in its place": "try:\n 1 / 0\nexcept ZeroDivisionError as __pass_on__: return 1",
    "a pattern in its place": "match 1:\n case __own__: return 1",
    "a class body of one's own": "class M(type):\n def __prepare__(name, bases): return {}\nreturn M",
    "global": "global x\nx = 1",
    "except*": "try:\n pass\nexcept* ValueError:\n pass",
    "async for": "async def f():\n async for x in (): pass\nreturn f",
}
UNCATCHABLE = {
    "except Exception": "try:\n getattr(len, '__self__')\nexcept Exception: return 1",
    "a bare except": "try:\n getattr(len, '__self__')\nexcept: return 1",
    "except BaseException": "try:\n getattr(len, '__self__')\nexcept BaseException: return 1",
    "except by a computed class": "B = (ValueError, BaseException)\ntry:\n getattr(len, '__self__')\nexcept B: return 1",
    "a return in finally": "try:\n getattr(len, '__self__')\nfinally: return 1",
    "a break in finally": "while True:\n try: getattr(len, '__self__')\n finally: break\nreturn 1",
    "a loop that tries again": "while True:\n try: getattr(len, '__self__')\n except: pass",
    "a context manager": (
        "class C:\n def __enter__(self): pass\n def __exit__(self, *a): return True\nwhile True:\n with C(): getattr(len, '__self__')"
    ),
    "an exit stack": (
        "import contextlib\nwhile True:\n with contextlib.ExitStack() as s:\n  s.push(lambda *a: True)\n  getattr(len, '__self__')"
    ),
    "a callback of an exit stack": (
        "import contextlib\ntry:\n with contextlib.ExitStack() as s:\n  s.push(lambda *a: True)\n  s.callback(getattr, len, '__self__')\n"
        "except: pass\nreturn 1"
    ),
    "a destructor": "class C:\n def __del__(self): getattr(len, '__self__')\nC()\nreturn 1",
    "a comparison": "class C:\n def __eq__(self, o): return getattr(len, '__self__')\ntry: return C() in [C()]\nexcept: return 1",
    "a hash": "class C:\n def __hash__(self): return getattr(len, '__self__')\ntry: return {C(): 1}\nexcept: return 1",
    "a default that next gives": "def g():\n try: yield getattr(len, '__self__')\n except: yield 2\nreturn next(g(), 1)",
}
ALL = {
    f"{group}: {name}": body
    for group, tricks in (
        ("dunder", DUNDER_WALKS),
        ("frames", FRAMES),
        ("computed", COMPUTED_NAMES),
        ("format", FORMATS),
        ("code", TEXT_AS_CODE),
        ("library", LIBRARIES),
        ("memory", RAW_MEMORY),
        ("unseeded", UNSEEDED),
        ("shared", SHARED),
        ("names", COPIED_NAMES),
        ("copy", COPYING),
        ("guard", THE_GUARD),
        ("catch", UNCATCHABLE),
    )
    for name, body in tricks.items()
}
