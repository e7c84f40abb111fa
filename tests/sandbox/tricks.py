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
        ("copy", COPYING),
        ("guard", THE_GUARD),
        ("catch", UNCATCHABLE),
    )
    for name, body in tricks.items()
}
