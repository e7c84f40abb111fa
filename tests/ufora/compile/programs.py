"""Programs for tests: source text becomes both Python's own functions and a Loop, and the two are compared.

A Program is text whose last line is a comprehension's call, say `sum(f(x) for x in range(n) if x % 2)`; before it stand functions and
values. Functions become Code, values Given, the rest Named.
"""

import ast
import builtins
import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy

from ufora.compile.elements import dtype_of
from ufora.compile.given import collect_given
from ufora.compile.kernel import Kernel, compile_loop
from ufora.compile.result import LoopRun
from ufora.compile.spec import (
    ArrayOf,
    ArraySource,
    Binding,
    Code,
    Consumer,
    Fixed,
    Given,
    Loop,
    Named,
    NotCompiled,
    RangeSource,
    Scalar,
    TupleOf,
)
from ufora.numerics.exact_sum import ExactSum

SCALARS = {int: Scalar.INT, float: Scalar.FLOAT, bool: Scalar.BOOL}
DTYPES = {int: numpy.int64, float: numpy.float64, bool: numpy.bool_}


def type_of(value: Any) -> Scalar | ArrayOf | TupleOf:
    if isinstance(value, tuple):
        return TupleOf(tuple(type_of(item) for item in value))
    if isinstance(value, list):
        return ArrayOf(type_of(max(value)))
    return Scalar.UNSIGNED if type(value) is int and value >= 2**63 else SCALARS[type(value)]


def as_given(value: Any) -> Any:
    """A value as `Kernel.run` wants it."""
    if isinstance(value, list) and isinstance(value[0], tuple):
        return numpy.array(value, dtype=dtype_of(type_of(value[0])))  # type: ignore[arg-type]
    if isinstance(value, list):
        return numpy.array(value, dtype=numpy.uint64 if type_of(max(value)) == Scalar.UNSIGNED else DTYPES[type(value[0])])
    return tuple(as_given(item) for item in value) if isinstance(value, tuple) else value


def exact_sum(numbers: Iterable[Any], start: Any = 0) -> Any:
    """`sum` as the language of the cluster defines it: floats are rounded once."""
    items = [start, *numbers]
    if type(start) is int and start == 0:
        del items[0]
    if not any(isinstance(item, float) for item in items):
        return sum(items)
    if not all(map(math.isfinite, items)):
        return sum(items, 0.0)
    total = sum(map(Fraction, items))
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


@dataclass(frozen=True)
class Program:
    """A loop, what it is given, and the same in Python."""

    loop: Loop
    source: Any  #: range or list
    values: tuple[Any, ...]
    namespace: Mapping[str, Any]
    whole: ast.expr  #: the call

    def expected(self) -> Any:
        code = compile(ast.Expression(self.whole), "<program>", "eval")
        return eval(code, dict(self.namespace))

    def elements(self, start: int, stop: int) -> list[Any]:
        """What Python's comprehension gives for a part of the source, in a list."""
        part = {**self.namespace, "part_of_source": self.source[start:stop]}
        result: list[Any] = eval(self._listed, part)
        return result

    @cached_property
    def _listed(self) -> Any:
        tree = ast.parse(ast.unparse(self.loop.tree), mode="eval").body
        assert isinstance(tree, ast.ListComp | ast.GeneratorExp)
        tree.generators[0].iter = ast.Name("part_of_source", ast.Load())
        return compile(ast.fix_missing_locations(ast.Expression(ast.ListComp(tree.elt, tree.generators))), "<elements>", "eval")


def parse(text: str, **values: Any) -> Program:
    tree = ast.parse(text)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    namespace: dict[str, Any] = {"math": math, "sum": exact_sum, **values}
    exec(compile(tree, "<program>", "exec"), namespace)
    codes: dict[str, Code] = {}
    givens: dict[str, Binding] = {}
    found: list[tuple[Given, Any]] = []

    def bind(name: str) -> Binding | None:
        if name in codes:
            return codes[name]
        if name in namespace and name != "sum":
            if name == "math":
                return Named("math")
            return givens.setdefault(name, give(namespace[name]))
        return Named(f"builtins.{name}") if hasattr(builtins, name) else None

    def give(value: Any) -> Given | Fixed:
        if type(value) is int and value >= 2**64 - 1:
            return Fixed(value)
        given = Given(type_of(value))
        found.append((given, value))
        return given

    def names_in(node: ast.AST) -> dict[str, Binding]:
        names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
        return {name: binding for name in sorted(names) if (binding := bind(name)) is not None}

    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names: dict[str, dict[str, Binding]] = {}
    for node in functions:
        names[node.name] = {}
        defaults = tuple(give(eval(compile(ast.Expression(default), "", "eval"), namespace)) for default in node.args.defaults)
        codes[node.name] = Code(node.name, "program.py", node, names[node.name], defaults)
    for node in functions:
        names[node.name].update(names_in(node))
    call = last.value
    if isinstance(call, ast.ListComp):
        consumer, comprehension = Consumer.LIST, call
    else:
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        consumer, comprehension = Consumer(call.func.id), call.args[0]  # type: ignore[assignment]
    first = comprehension.generators[0].iter
    source = eval(compile(ast.Expression(first), "", "eval"), namespace)
    kind = RangeSource() if isinstance(source, range) else ArraySource(type_of(max(source)))
    copy = ast.parse(ast.unparse(comprehension), mode="eval").body
    copy.generators[0].iter = ast.Constant(None)  # type: ignore[attr-defined]
    loop = Loop(comprehension, "program.py", consumer, kind, names_in(copy))
    by_identity = {id(given): value for given, value in found}
    ordered = tuple(as_given(by_identity[id(given)]) for given in collect_given(loop))
    return Program(loop, source, ordered, namespace, call)


def kernel_of(program: Program) -> Kernel:
    kernel = compile_loop(program.loop, None)
    assert isinstance(kernel, Kernel), kernel
    return kernel


def refusal_of(text: str, **values: Any) -> NotCompiled:
    refused = compile_loop(parse(text, **values).loop, None)
    assert isinstance(refused, NotCompiled), "compiled"
    return refused


def source_of(program: Program) -> Any:
    return as_given(program.source)


def run(program: Program, start: int = 0, stop: int | None = None) -> LoopRun:
    stop = len(program.source) if stop is None else stop
    return kernel_of(program).run(source_of(program), start, stop, program.values)


def bits(value: Any) -> Any:
    """Something that is equal exactly for equal type and bits; all NaNs are one."""
    if isinstance(value, float):
        return ("nan",) if value != value else ("float", struct.pack("<d", value))
    if isinstance(value, list | tuple):
        return (type(value).__name__, *map(bits, value))
    return (type(value).__name__, value)


def plain(partial: Any) -> Any:
    """A partial result as the Python value it stands for."""
    if isinstance(partial, ExactSum):
        return partial.value()
    return partial.tolist() if isinstance(partial, numpy.ndarray) else partial


def check(text: str, **values: Any) -> None:
    """The whole loop runs in machine code and gives what Python gives."""
    program = parse(text, **values)
    result = run(program)
    found = not result.partial if program.loop.consumer == Consumer.ALL else plain(result.partial)  # `partial`: did an element decide?
    assert bits(found) == bits(program.expected())
    if program.loop.consumer not in (Consumer.ANY, Consumer.ALL):
        assert result.stopped_at == len(program.source)


def check_elements(text: str, **values: Any) -> list[int]:
    """A list whose elements may stop: every element that was computed has Python's bits. Those that stopped, by position."""
    program = parse(text, **values)
    kernel, source, stopped, at = kernel_of(program), source_of(program), [], 0
    while at < len(program.source):
        result = kernel.run(source, at, len(program.source), program.values)
        assert bits(plain(result.partial)) == bits(program.elements(at, result.stopped_at))
        at = result.stopped_at
        if at < len(program.source):
            stopped.append(at)
            at += 1
    return stopped


def check_rows(text: str, **values: Any) -> None:
    """As `check`, of elements that are lists, which may not be equally long."""
    program = parse(text, **values)
    result = run(program)
    found = result.partial if isinstance(result.partial, list) else plain(result.partial)
    assert bits(found) == bits(program.expected())
    assert result.stopped_at == len(program.source)
