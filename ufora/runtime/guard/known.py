"""What is known of allow-listed callables, methods and syntax: which have effects, which give new objects, which call what they get."""

import ast
import functools

EFFECTS = frozenset({"print", "next", "setattr", "delattr", "iter", "super"})
"""Allowed builtins whose call another element could notice (or whose target cannot be seen from the text)."""

EFFECT_PATHS = frozenset(
    f"{module}.{name}"
    for module, names in {
        "operator": "setitem delitem iadd iand iconcat ifloordiv ilshift imatmul imod imul ior ipow irshift isub itruediv ixor",
        "heapq": "heapify heappop heappush heappushpop heapreplace",
        "bisect": "insort insort_left insort_right",
        "numpy": "copyto put place putmask fill_diagonal put_along_axis",
    }.items()
    for name in names.split()
)
"""Allowed functions of modules that change their first argument."""

CALLED_ARGUMENT = {
    "builtins.map": 0, "builtins.filter": 0, "functools.reduce": 0, "functools.partial": 0, "functools.cmp_to_key": 0,
    "itertools.starmap": 0, "itertools.takewhile": 0, "itertools.dropwhile": 0, "itertools.filterfalse": 0,
    "itertools.accumulate": 1, "itertools.groupby": 1, "re.sub": 1, "re.subn": 1, "collections.defaultdict": 0,
}  # fmt: skip
"""Allowed functions that call one of their positional arguments, and which."""
CALLED_KEYWORDS = frozenset({"key", "func", "function", "default_factory", "repl", "object_hook", "pairs"})

FRESH_CALLS = frozenset(
    {"int", "float", "complex", "str", "bytes", "bytearray", "bool", "list", "dict", "set", "tuple", "frozenset", "range", "len", "abs"}
    | {"round", "sum", "sorted", "divmod", "pow", "repr", "ord", "chr", "hash", "enumerate", "zip"}
)
"""Builtins that always give a new or an immutable object."""
FRESH_PATHS = frozenset(
    f"{module}.{name}"
    for module, names in {
        "random": "Random",
        "collections": "deque Counter OrderedDict defaultdict",
        "numpy": "zeros ones empty full arange linspace eye identity zeros_like ones_like full_like empty_like",
        "numpy.random": "default_rng RandomState",
    }.items()
    for name in names.split()
)
"""The same of modules."""
SHUFFLES = "shuffle"
"""The method of generators of random numbers that changes its argument."""
TAKES_OUT = frozenset({"random", "standard_normal", "standard_exponential", "standard_gamma", "permuted"})
"""Methods of numpy's generators whose third or fourth argument is where the numbers go."""

PURE_METHODS = frozenset(
    {name for kind in (str, bytes, int, float, complex, tuple, frozenset, range) for name in dir(kind) if not name.startswith("_")}
    | {"get", "keys", "values", "items", "copy", "index", "count"}
    | {"union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint"}
    | {"mean", "sum", "min", "max", "std", "var", "dot", "astype", "reshape", "tolist", "any", "all", "argmin", "argmax"}
    | {"total_seconds", "isoformat", "strftime", "weekday", "date", "time", "group", "groups", "limit_denominator"}
)
"""Methods of builtin and allow-listed types that change nothing."""

FRESH_NODES = (
    ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.JoinedStr,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda,
)  # fmt: skip

COMPUTED = (property, functools.cached_property)
NOT_OPERATORS = frozenset(
    {"__init__", "__new__", "__post_init__", "__repr__", "__str__", "__format__", "__hash__", "__bool__", "__len__", "__contains__"}
    | {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__int__", "__float__", "__index__", "__iter__", "__getitem__"}
    | {"__enter__", "__exit__", "__call__", "__init_subclass__", "__set_name__", "__class_getitem__", "__setattr__", "__delattr__"}
)
"""Methods that no operator sign calls for its result."""
