"""What names mean to remote code: the allow list, in guarded form."""

import builtins
import importlib
import json
import types
from collections.abc import Mapping
from typing import Any, NoReturn

from pyfora.errors import InvalidPyforaOperation
from pyfora.program.allowed import ALLOWED_BUILTINS, ALLOWED_MODULES, find_path, is_allowed
from ufora.compile.kernel import warm_up as warm_up_compiler
from ufora.runtime.attributes import (
    checked_class,
    guarded_attrgetter,
    guarded_delattr,
    guarded_getattr,
    guarded_hasattr,
    guarded_methodcaller,
    guarded_setattr,
    safe_attribute,
    safe_to_set,
)
from ufora.runtime.captured import CAPTURED, caught, check_first, own
from ufora.runtime.chunked import LIKE_LISTS
from ufora.runtime.copying import guarded_asdict, guarded_astuple, guarded_copy, guarded_dataclass, guarded_deepcopy, guarded_replace
from ufora.runtime.guard.stopping import Unstoppable, pass_on, refuse, refuse_at_place
from ufora.runtime.library import guarded_frombuffer, guarded_update_wrapper, guarded_wraps, list_shared
from ufora.runtime.numpy_doors import close_numpy_doors
from ufora.runtime.stand_ins import STAND_INS, build_class

CHANGERS = (
    *(("heapq", name) for name in ("heapify", "heappop", "heappush", "heappushpop", "heapreplace")),
    *(("bisect", name) for name in ("insort", "insort_left", "insort_right")),
    *(("operator", name) for name in ("delitem", "setitem", "iadd", "iand", "iconcat", "ifloordiv", "ilshift", "imatmul", "imod", "imul")),
    *(("operator", name) for name in ("ior", "ipow", "irshift", "isub", "itruediv", "ixor")),
)
"""Allow-listed functions that change their first argument."""


def dumps(value: Any, *, cls: Any = None, default: Any = None, **options: Any) -> str:
    """`json.dumps`, which knows real lists only."""
    if cls is not None:
        return json.dumps(value, cls=cls, default=default, **options)

    def convert(item: Any) -> Any:
        if type(item) in LIKE_LISTS:
            return list(item)
        if default is None:
            raise TypeError(f"Object of type {type(item).__name__} is not JSON serializable")
        return default(item)

    return json.dumps(value, default=convert, **options)


def warm_up() -> None:
    """Once in a worker, before its children are forked: the compiler, and all that remote code will find done."""
    warm_up_compiler()
    close_numpy_doors()
    list_shared()


class AllowedModule(types.ModuleType):
    """A module of which only the allow-listed names can be reached."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        path = f"{self.__name__}.{name}"
        if not is_allowed(path):
            refuse(f"`{path}` may not be used on the cluster: it is not among the names that pure code can use")
        value = get_allowed(path)
        self.__dict__[name] = value
        return value

    def __delattr__(self, name: str) -> NoReturn:
        refuse(f"`del {self.__name__}.{name}` changes a module, which code on the cluster may not do")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        refuse(f"`{self.__name__}.{name} = …` changes a module, which code on the cluster may not do")


AllowedModule.__name__ = AllowedModule.__qualname__ = "module"  # for messages: "'module' object is not callable"
_modules: dict[str, AllowedModule] = {}


def get_module(name: str) -> AllowedModule:
    """The restricted form of an allow-listed module."""
    if not is_allowed(name):
        raise InvalidPyforaOperation(f"the module `{name}` may not be used on the cluster")
    if name not in _modules:
        _modules[name] = AllowedModule(name)
    return _modules[name]


def get_allowed(path: str) -> object:
    """The object an allow-list path names here. Raises InvalidPyforaOperation for one that is not on the list."""
    if not is_allowed(path):
        raise InvalidPyforaOperation(f"`{path}` may not be used on the cluster")
    if path in REPLACED:
        return REPLACED[path]
    owner, _, name = path.rpartition(".")
    if not owner:
        return get_module(path)
    if owner not in ALLOWED_MODULES and owner != "builtins":
        return guarded_getattr(get_allowed(owner), name)
    value = getattr(importlib.import_module(owner), name)
    return get_module(path) if isinstance(value, types.ModuleType) else value


def find_allowed_path(value: object) -> str | None:
    """The path of an allow-listed object, its restricted form included."""
    if type(value) is AllowedModule:
        return str(value.__name__)
    return _replaced_paths.get(id(value)) or find_path(value)


def guarded_import(name: str, globals: object = None, locals: object = None, fromlist: object = (), level: int = 0) -> object:  # noqa: A002 - Python's own signature
    """`import math` inside remote code. Import statements were checked before they run; C code, which passes a list, imports freely."""
    if type(fromlist) is list:
        return importlib.import_module(name)
    if level:
        refuse("a relative import cannot run on the cluster; import the module at the top of the file")
    if not is_allowed(name):
        refuse(f"the module `{name}` may not be used on the cluster")
    module = get_module(name)
    return module if fromlist else get_module(name.partition(".")[0])


REPLACED: dict[str, object] = {
    "builtins.getattr": guarded_getattr,
    "builtins.hasattr": guarded_hasattr,
    "builtins.setattr": guarded_setattr,
    "builtins.delattr": guarded_delattr,
    "operator.attrgetter": guarded_attrgetter,
    "operator.methodcaller": guarded_methodcaller,
    "functools.update_wrapper": guarded_update_wrapper,
    "functools.wraps": guarded_wraps,
    "numpy.frombuffer": guarded_frombuffer,
    "dataclasses.dataclass": guarded_dataclass,
    "dataclasses.asdict": guarded_asdict,
    "dataclasses.astuple": guarded_astuple,
    "dataclasses.replace": guarded_replace,
    "copy.copy": guarded_copy,
    "json.dumps": dumps,
    "copy.deepcopy": guarded_deepcopy,
    **STAND_INS,
} | {f"{module}.{name}": check_first(getattr(importlib.import_module(module), name)) for module, name in CHANGERS}
"""Allow-listed things of which remote code gets another form."""
_replaced_paths = {id(value): path for path, value in REPLACED.items()}


def make_builtins(extra: Mapping[str, object]) -> dict[str, object]:
    """`__builtins__` for guarded code: the allowed ones, our guarded forms, and what the runtime adds."""
    close_numpy_doors()
    list_shared()  # now, not in the first evaluation
    names: dict[str, object] = {name: getattr(builtins, name) for name in ALLOWED_BUILTINS if hasattr(builtins, name)}
    names |= {path.removeprefix("builtins."): value for path, value in REPLACED.items() if path.startswith("builtins.")}
    names |= {"__build_class__": build_class, "__import__": guarded_import, "__name__": "builtins", "__debug__": True}
    names |= {"__id__": id, "__captured__": CAPTURED, "__caught__": caught, "__own__": own, "__pattern__": checked_class}
    names |= {"__unstoppable__": Unstoppable, "__pass_on__": pass_on, "__refused__": refuse_at_place, "__attribute__": safe_attribute}
    names |= {"__settable__": safe_to_set, "__type__": type}
    return names | dict(extra)
