"""May the elements of a comprehension be computed apart from each other, in any order, more than once?

They may when computing one changes nothing that another could see. This is decided from the text, on the safe side: what cannot be
proved runs in order, in one process, and the explanation says why. The rules:

- assigning to names of the function's own is free; changing an object in place (`x[i] = …`, `x.append(…)`, `x += …`) only when the
  name is *fresh*: every assignment to it in this function makes a new object (`x += …` of another name is *doubtful*: harmless for
  numbers, so machine code, which has nothing but numbers, settles it);
- calls must lead to something known: allow-listed functions without effects, the user's functions and classes (looked into in turn),
  methods whose every candidate, builtin or the user's, keeps these rules;
- `nonlocal`, `print`, `next`, `setattr` have effects.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType

from pyfora.program.places import find_place
from ufora.runtime.guard.judgement import Judgement, Verdict
from ufora.runtime.guard.known import COMPUTED, EFFECT_PATHS, EFFECTS, FRESH_NODES, NOT_OPERATORS, PURE_METHODS
from ufora.runtime.guard.meanings import MODULES, UNKNOWN, Resolve, resolver_of
from ufora.runtime.guard.methods import is_new, list_default_factories, plain_function
from ufora.runtime.guard.registry import Registry

Called = tuple[object, Sequence[object]]  #: callee and arguments


@dataclass(frozen=True, slots=True)
class _Kept:
    """A verdict and what it rests on."""

    verdict: Verdict
    meanings: tuple[tuple[FunctionType | None, str, object], ...]
    """In which function (None: the comprehension) a name meant what; of mere data it says the type."""
    classes: tuple[int, ...]
    about: tuple[object, ...] = ()  #: kept alive, as their identities name the verdict

    def still_holds(self, classes: tuple[int, ...], resolve: Resolve = lambda _: UNKNOWN) -> bool:
        return self.classes == classes and all(
            _as_meaning((resolve if function is None else resolver_of(function))(name)) is value for function, name, value in self.meanings
        )


class PurityJudge:
    """Judges comprehensions. A verdict is kept, and holds as long as all names it looked at mean the same objects."""

    def __init__(self, registry: Registry, find_named: Callable[[object], str | None]) -> None:
        self._registry = registry
        self.find_named = find_named
        self._kept: dict[CodeType, _Kept] = {}
        self._kept_calls: dict[tuple[object, ...], _Kept] = {}  #: by the identities of all that is called
        self._functions: dict[tuple[object, ...], Verdict] = {}  #: of the judgement under way
        self._meanings: dict[tuple[FunctionType | None, str], object] = {}
        self._classes: list[type] = []

    def judge(self, body: FunctionType, find_tree: Callable[[], ast.GeneratorExp | ast.ListComp]) -> Verdict:
        """`body`: the comprehension as a function of its source."""
        resolve = resolver_of(body)
        with self._judging() as classes:
            members = _list_members(classes)
            kept = self._kept.get(body.__code__)
            if kept is not None and kept.still_holds(members, resolve):
                return kept.verdict
            verdict = Judgement(self, self._noting(None, resolve), find_tree(), shared=frozenset()).verdict()
            self._kept[body.__code__] = self._keep(verdict, members)
        return verdict

    def judge_comprehension(self, tree: ast.GeneratorExp | ast.ListComp, resolve: Resolve) -> Verdict:
        with self._judging():
            return Judgement(self, self._noting(None, resolve), tree, shared=frozenset()).verdict()

    def judge_calls(self, calls: Sequence[Called], callees: Sequence[object]) -> Verdict:
        """May these be called in any order, by several at once? `callees`: what else is called between them."""
        about = [(callee, *(arg if isinstance(arg, FunctionType) else None for arg in args)) for callee, args in calls]
        about.append(tuple(callees))
        key = tuple(tuple(map(id, each)) for each in about)
        with self._judging() as classes:
            members = _list_members(classes)
            kept = self._kept_calls.get(key)
            if kept is not None and kept.still_holds(members):
                return kept.verdict
            verdict = self._judge_calls(calls, callees)
            self._kept_calls[key] = self._keep(verdict, members, *about)
        return verdict

    def _judge_calls(self, calls: Sequence[Called], callees: Sequence[object]) -> Verdict:
        known = [callee for callee, _ in calls]
        verdicts = [self.judge_callee(callee, getattr(callee, "__name__", "a callee"), 0, args) for callee, args in calls]
        verdicts += [self.judge_callee(callee, getattr(callee, "__name__", "a callee"), 0) for callee in callees if callee not in known]
        problem = next((verdict for verdict in verdicts if not verdict.pure), None)
        return problem or Verdict("", 0, heavy=True, divisible=any(verdict.divisible for verdict in verdicts))

    def _keep(self, verdict: Verdict, members: tuple[int, ...], *about: object) -> _Kept:
        meanings = tuple((function, name, value) for (function, name), value in self._meanings.items())
        return _Kept(verdict, meanings, members, about)

    def forget(self) -> None:
        """Nothing that was judged so far is needed any more: classes may go, and then hinder no later judgement."""
        self._kept.clear()
        self._kept_calls.clear()

    @contextmanager
    def _judging(self) -> Iterator[list[type]]:
        """While this lasts the program's classes are known; they are not held beyond it."""
        self._classes = self._registry.list_classes()
        try:
            yield self._classes
        finally:
            self._classes = []
            self._functions.clear()
            self._meanings.clear()

    def _noting(self, function: FunctionType | None, resolve: Resolve) -> Resolve:
        def resolve_and_note(name: str) -> object:
            value = resolve(name)
            self._meanings[function, name] = _as_meaning(value)
            return value

        return resolve_and_note

    def judge_function(self, function: FunctionType, args: Sequence[object] = (), *, shared_self: bool = True) -> Verdict:
        """`args`: of the call, where it is known."""
        given = {name: value for name, value in zip(function.__code__.co_varnames, args, strict=False) if isinstance(value, FunctionType)}
        key = (function, shared_self, *given.items())
        kept = self._functions.get(key)
        if kept is not None:
            return kept
        place = self._registry.find_place(function)
        if place is None:
            return Verdict(f"the source of {function.__name__} is not known", 0, heavy=True)
        tree = find_place(place.source, place.ordinal)
        if not isinstance(tree, ast.FunctionDef | ast.Lambda):
            return Verdict(f"{function.__name__} is no plain function", tree.lineno, heavy=True)
        self._functions[key] = Verdict("", 0, heavy=True)  # while it is looked into: recursion is heavy and changes nothing by itself
        fresh_self = not shared_self and bool(tree.args.args)
        shared = frozenset({tree.args.args[0].arg}) if fresh_self else frozenset()
        verdict = self._functions[key] = Judgement(
            self, self._noting(function, resolver_of(function)), tree, shared, (function, given)
        ).verdict()
        return verdict

    def judge_callee(self, callee: object, name: str, line: int, args: Sequence[object] = ()) -> Verdict:
        if isinstance(callee, FunctionType) and self._registry.find_place(callee) is not None:
            return self.judge_function(callee, args)
        path = self.find_named(callee)
        if path is not None:
            short = path.removeprefix("builtins.")
            has_effect = short in EFFECTS or path in EFFECT_PATHS
            return Verdict(f"`{name}` has an effect that the order shows" if has_effect else "", line, heavy=False)
        if isinstance(callee, type) and callee in self._classes:
            return self._judge_construction(callee, line)
        return Verdict(f"what `{name}` calls is not known before it runs", line, heavy=False)

    def _judge_construction(self, cls: type, line: int) -> Verdict:
        for made in list_default_factories(cls):
            verdict = self.judge_callee(made, "default_factory", line)
            if not verdict.pure:
                return verdict
        for ancestor in cls.__mro__:
            init = ancestor.__dict__.get("__init__")
            if isinstance(init, FunctionType) and self._registry.find_place(init) is not None:
                return self.judge_function(init, shared_self=False)
        return self.judge_operators(line)

    def judge_method(self, name: str, line: int, *, receiver_fresh: bool) -> Verdict:
        """Every method of that name that the call could reach."""
        heavy = divisible = False
        mine = [cls.__dict__[name] for cls in self._classes if name in cls.__dict__]
        for method in mine:
            function = plain_function(method)
            if not isinstance(function, FunctionType):
                return Verdict(f"`.{name}` is no plain method", line, heavy=False)
            verdict = self.judge_function(function, shared_self=not receiver_fresh)
            if not verdict.pure:
                return verdict
            heavy, divisible = heavy or verdict.heavy, divisible or verdict.divisible
        if not mine and name not in PURE_METHODS and not receiver_fresh:
            return Verdict(f"`.{name}(…)` may change an object that other elements see", line, heavy=False)
        return Verdict("", line, heavy, divisible)

    def judge_operators(self, line: int) -> Verdict:
        """Operators and attribute hooks of the user's classes: any expression could reach them."""
        for cls in self._classes:
            for name, method in cls.__dict__.items():
                function = plain_function(method)
                if name.startswith("__") and name != "__init__" and isinstance(function, FunctionType):
                    verdict = self.judge_function(function) if self._registry.find_place(function) else Verdict("", line, heavy=False)
                    if not verdict.pure:
                        return verdict
        return Verdict("", line, heavy=False)

    def judge_attribute(self, attr: str, line: int) -> Verdict:
        """Reading or setting an attribute runs code where a class has a property of that name."""
        for cls in self._classes:
            found = cls.__dict__.get(attr)
            for function in (plain_function(found), getattr(found, "fset", None)) if isinstance(found, COMPUTED) else ():
                verdict = self.judge_function(function) if isinstance(function, FunctionType) else Verdict("", line, heavy=False)
                if not verdict.pure:
                    return verdict
        return Verdict("", line, heavy=False)

    def judge_patterns(self, line: int) -> Verdict:
        """A class pattern reads attributes that its class names."""
        for attr in {attr for cls in self._classes for attr, found in cls.__dict__.items() if isinstance(found, COMPUTED)}:
            verdict = self.judge_attribute(attr, line)
            if not verdict.pure:
                return verdict
        return Verdict("", line, heavy=False)

    def do_operators_give_new_objects(self) -> bool:
        """Does `a + b` of the user's classes never give an object that others hold?"""
        return all(
            self._gives_new(function)
            for cls in self._classes
            for name, method in cls.__dict__.items()
            if name.startswith("__") and name not in NOT_OPERATORS and isinstance(function := plain_function(method), FunctionType)
        )

    def _gives_new(self, function: FunctionType) -> bool:
        place = self._registry.find_place(function)
        tree = None if place is None else find_place(place.source, place.ordinal)
        if isinstance(tree, ast.Lambda):
            return isinstance(tree.body, FRESH_NODES)
        return tree is None or all(is_new(node.value) for node in ast.walk(tree) if isinstance(node, ast.Return))


def _as_meaning(value: object) -> object:
    """What a verdict rests on: which code a name leads to. Of objects that are neither called nor looked into only the type counts, and
    each element may have others of them."""
    return value if callable(value) or type(value).__name__ in MODULES or value is UNKNOWN else type(value)


def _list_members(classes: Sequence[type]) -> tuple[int, ...]:
    """Identities of the classes and all they hold: what changes with any of them."""
    return tuple(id(member) for cls in classes for member in (cls, *cls.__dict__.values()))
