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
from ufora.runtime.guard.bindings import bound_names, shares_its_variables, values_bound
from ufora.runtime.guard.known import (
    CALLED_ARGUMENT,
    CALLED_KEYWORDS,
    COMPUTED,
    EFFECT_PATHS,
    EFFECTS,
    FRESH_CALLS,
    FRESH_NODES,
    NOT_OPERATORS,
    PURE_METHODS,
)
from ufora.runtime.guard.meanings import UNKNOWN, Resolve, resolver_of
from ufora.runtime.guard.methods import is_new, list_default_factories, plain_function
from ufora.runtime.guard.registry import Registry


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is "" for a pure element; else why it must run in order, for the user."""

    reason: str
    line: int
    heavy: bool  #: one element may take long: it loops, recurses, or calls what does
    divisible: bool = False  #: there is a comprehension in what computes one element: an element can be cut in itself
    doubtful: bool = False  #: not pure only because of what values of some types would do: pure where all turn out to be numbers

    @property
    def pure(self) -> bool:
        return not self.reason


Called = tuple[object, Sequence[object]]  #: callee and arguments


@dataclass(frozen=True, slots=True)
class _Kept:
    """A verdict and what it rests on."""

    verdict: Verdict
    meanings: tuple[tuple[FunctionType | None, str, object], ...]  #: in which function (None: the comprehension) a name meant what
    classes: tuple[int, ...]

    def still_holds(self, resolve: Resolve, classes: tuple[int, ...]) -> bool:
        return self.classes == classes and all(
            (resolve if function is None else resolver_of(function))(name) is value for function, name, value in self.meanings
        )


class PurityJudge:
    """Judges comprehensions. A verdict is kept, and holds as long as all names it looked at mean the same objects."""

    def __init__(self, registry: Registry, find_named: Callable[[object], str | None]) -> None:
        self._registry = registry
        self.find_named = find_named
        self._kept: dict[CodeType, _Kept] = {}
        self._functions: dict[tuple[object, ...], Verdict] = {}  #: of the judgement under way
        self._meanings: dict[tuple[FunctionType | None, str], object] = {}
        self._classes: list[type] = []

    def judge(self, body: FunctionType, find_tree: Callable[[], ast.GeneratorExp | ast.ListComp]) -> Verdict:
        """`body`: the comprehension as a function of its source."""
        resolve = resolver_of(body)
        with self._judging() as classes:
            members = tuple(id(member) for cls in classes for member in (cls, *cls.__dict__.values()))
            kept = self._kept.get(body.__code__)
            if kept is not None and kept.still_holds(resolve, members):
                return kept.verdict
            verdict = _Judgement(self, self._noting(None, resolve), find_tree(), shared=frozenset()).verdict()
            meanings = tuple((function, name, value) for (function, name), value in self._meanings.items())
        self._kept[body.__code__] = _Kept(verdict, meanings, members)
        return verdict

    def judge_comprehension(self, tree: ast.GeneratorExp | ast.ListComp, resolve: Resolve) -> Verdict:
        with self._judging():
            return _Judgement(self, self._noting(None, resolve), tree, shared=frozenset()).verdict()

    def judge_calls(self, calls: Sequence[Called], callees: Sequence[object]) -> Verdict:
        """May these be called in any order, by several at once? `callees`: what else is called between them."""
        known = [callee for callee, _ in calls]
        with self._judging():
            verdicts = [self.judge_callee(callee, getattr(callee, "__name__", "a callee"), 0, args) for callee, args in calls]
            verdicts += [self.judge_callee(callee, getattr(callee, "__name__", "a callee"), 0) for callee in callees if callee not in known]
        problem = next((verdict for verdict in verdicts if not verdict.pure), None)
        return problem or Verdict("", 0, heavy=True, divisible=any(verdict.divisible for verdict in verdicts))

    def forget(self) -> None:
        """Nothing that was judged so far is needed any more: classes may go, and then hinder no later judgement."""
        self._kept.clear()

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
            value = self._meanings[function, name] = resolve(name)
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
        verdict = self._functions[key] = _Judgement(
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


class _Judgement:
    """One look through one function or comprehension."""

    def __init__(
        self,
        judge: PurityJudge,
        resolve: Resolve,
        tree: ast.AST,
        shared: frozenset[str],
        call: tuple[FunctionType | None, dict[str, FunctionType]] = (None, {}),
    ) -> None:
        """`call`: the function, and parameters that hold functions."""
        self._function, self._given = call
        self._judge = judge
        self._resolve = resolve
        self._tree = tree
        self._bound = set(bound_names(tree))
        self._parameters = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        self._fresh = (self._fresh_names() - self._parameters) | shared
        self._heavy = self._divisible = False
        self._doubt = ""

    def verdict(self) -> Verdict:
        line = getattr(self._tree, "lineno", 0)
        clauses = len(getattr(self._tree, "generators", ()))
        self._heavy = clauses > 1
        operators = self._judge.judge_operators(line)
        if not operators.pure:  # any value could be of that class; machine code shows that none is
            self._doubt = f"an operator of the program's own classes may be reached, and {operators.reason}"
        if shares_its_variables(self._tree):
            return Verdict("its elements are functions or generators that share its variable", line, self._heavy)
        for node in ast.walk(self._tree):
            problem = self._look(node)
            if problem:
                return Verdict(problem, getattr(node, "lineno", line), self._heavy)
        return Verdict(self._doubt, line, self._heavy, self._divisible, doubtful=bool(self._doubt))

    def _look(self, node: ast.AST) -> str:
        match node:
            case ast.For() | ast.While():
                self._heavy = True
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() | ast.DictComp() if node is not self._tree:
                self._heavy = self._divisible = True
            case ast.Global() | ast.Nonlocal():
                return "it assigns to names outside the function"
            case ast.With() | ast.Import() | ast.ImportFrom() | ast.ClassDef():
                return f"a `{type(node).__name__.lower()}` statement inside is not looked into"
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                hook = self._note(self._judge.judge_attribute(node.attr, node.lineno)) if isinstance(node, ast.Attribute) else ""
                return hook or self._change(node.value, "it changes an object in place")
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                is_number = isinstance(value, ast.Constant) and isinstance(value.value, int | float)
                harmless = name in self._fresh or (is_number and not isinstance(op, ast.Mult))  # a list's `*= 2` changes the list
                self._doubt = self._doubt or ("" if harmless else f"`{name} …=` may change an object that other elements see")
            case ast.Attribute(attr=attr, ctx=ast.Load()):
                return self._note(self._judge.judge_attribute(attr, node.lineno))
            case ast.MatchClass():
                return self._note(self._judge.judge_patterns(node.lineno))
            case ast.Call():
                return self._call(node)
        return ""

    def _change(self, target: ast.expr, what: str) -> str:
        return "" if isinstance(target, ast.Name) and target.id in self._fresh else what

    def _call(self, node: ast.Call) -> str:
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if isinstance(argument, ast.Name) and argument.id not in self._bound:
                problem = self._argument(argument)
                if problem:
                    return problem
        if any(keyword.arg == "out" for keyword in node.keywords):
            return "`out=` changes an object in place"
        for argument in self._called_arguments(node):
            problem = self._called(argument)
            if problem:
                return problem
        match node.func:
            case ast.Name(id=name):
                if name in self._given and not any(True for _ in values_bound(self._tree, name)):
                    return self._note(self._judge.judge_callee(self._given[name], name, node.lineno))
                if name in self._bound:
                    return "" if self._is_local_function(name) else f"what `{name}` calls is not known before it runs"
                callee = self._resolve(name)
                passed_on = self._passed_on(node) if callee is self._function else ()
                return self._note(self._judge.judge_callee(callee, name, node.lineno, passed_on))
            case ast.Attribute(value=owner, attr=attr):
                target = self._static_target(node.func)
                if target is not UNKNOWN:
                    return self._note(self._judge.judge_callee(target, attr, node.lineno))
                fresh = (isinstance(owner, ast.Name) and owner.id in self._fresh) or self._is_fresh(owner)
                return self._note(self._judge.judge_method(attr, node.lineno, receiver_fresh=fresh))
            case ast.Lambda():
                return ""
        return "what it calls is not known before it runs"

    def _passed_on(self, node: ast.Call) -> list[object]:
        """Arguments of a recursive call, as far as they are functions that the call itself was given."""
        return [self._given.get(argument.id) if isinstance(argument, ast.Name) else None for argument in node.args]

    def _called_arguments(self, node: ast.Call) -> list[ast.expr]:
        """Arguments that an allow-listed function calls."""
        callee: object = UNKNOWN
        match node.func:
            case ast.Name(id=name) if name not in self._bound:
                callee = self._resolve(name)
            case ast.Attribute():
                callee = self._static_target(node.func)
        place = CALLED_ARGUMENT.get(self._judge.find_named(callee) or "")
        by_place = node.args[place : place + 1] if place is not None else []
        return by_place + [keyword.value for keyword in node.keywords if keyword.arg in CALLED_KEYWORDS]

    def _called(self, argument: ast.expr) -> str:
        match argument:
            case ast.Constant() | ast.Lambda():
                return ""
            case ast.Name(id=name) if name in self._bound:
                return "" if self._is_local_function(name) else f"what `{name}` calls is not known before it runs"
            case ast.Name(id=name):
                value = self._resolve(name)
                return self._note(self._judge.judge_callee(value, name, argument.lineno)) if callable(value) else ""
            case ast.Attribute(attr=attr):
                target = self._static_target(argument)
                if target is not UNKNOWN:
                    return self._note(self._judge.judge_callee(target, attr, argument.lineno))
                return self._note(self._judge.judge_method(attr, argument.lineno, receiver_fresh=False))
        return "what is called there is not known before it runs"

    def _argument(self, argument: ast.Name) -> str:
        """A function passed on may be called there."""
        value = self._resolve(argument.id)
        if isinstance(value, FunctionType):
            return self._note(self._judge.judge_callee(value, argument.id, argument.lineno))
        return ""

    def _fresh_names(self) -> set[str]:
        return {name for name in self._bound if all(self._is_fresh(value) for value in values_bound(self._tree, name))}

    def _is_fresh(self, value: ast.AST | None) -> bool:
        match value:
            case ast.Call(func=ast.Name(id=name), args=args):
                is_plain = name not in self._bound and self._judge.find_named(self._resolve(name)) == f"builtins.{name}"
                return is_plain and name in FRESH_CALLS and (name != "sum" or len(args) == 1)
            case ast.BinOp() | ast.UnaryOp() | ast.Compare():
                return self._judge.do_operators_give_new_objects()
        return isinstance(value, FRESH_NODES)

    def _note(self, verdict: Verdict) -> str:
        self._heavy, self._divisible = self._heavy or verdict.heavy, self._divisible or verdict.divisible
        if verdict.doubtful:
            self._doubt = self._doubt or verdict.reason
            return ""
        return verdict.reason

    def _static_target(self, node: ast.Attribute) -> object:
        """`math.sin`, `helpers.f`: an attribute of a module that is not rebound here."""
        if not isinstance(node.value, ast.Name) or node.value.id in self._bound:
            return UNKNOWN
        owner = self._resolve(node.value.id)
        return getattr(owner, node.attr, UNKNOWN) if type(owner).__name__ in ("AllowedModule", "module") else UNKNOWN

    def _is_local_function(self, name: str) -> bool:
        """Every binding of the name is a `def` or lambda inside this tree; their bodies are looked through with the rest."""
        values = list(values_bound(self._tree, name))
        return bool(values) and name not in self._parameters and all(isinstance(value, ast.FunctionDef | ast.Lambda) for value in values)
