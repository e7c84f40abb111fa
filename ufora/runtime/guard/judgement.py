"""One look through one function or comprehension, by the rules that `purity` states."""

import ast
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING

from ufora.runtime.guard.bindings import bound_names, shares_its_variables, values_bound
from ufora.runtime.guard.known import (
    CALLED_ARGUMENT,
    CALLED_KEYWORDS,
    EFFECT_PATHS,
    FRESH_CALLS,
    FRESH_NODES,
    FRESH_PATHS,
    SHUFFLES,
    TAKES_OUT,
)
from ufora.runtime.guard.meanings import MODULES, UNKNOWN, Resolve

if TYPE_CHECKING:
    from ufora.runtime.guard.purity import PurityJudge


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


class Judgement:
    """One look through one function or comprehension."""

    def __init__(
        self,
        judge: "PurityJudge",
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
        return "" if self._is_own(target) else what

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
                if self._changes_own(callee, node):
                    return ""
                passed_on = self._passed_on(node) if callee is self._function else self._list_given(node)
                return self._note(self._judge.judge_callee(callee, name, node.lineno, passed_on))
            case ast.Attribute(value=owner, attr=attr):
                target = self._static_target(node.func)
                if target is not UNKNOWN:
                    return "" if self._changes_own(target, node) else self._note(self._judge.judge_callee(target, attr, node.lineno))
                fresh = self._is_own(owner) or self._is_fresh(owner)
                if fresh and (len(node.args) > 2 if attr in TAKES_OUT else attr == SHUFFLES and not all(map(self._is_own, node.args))):
                    return f"`.{attr}(…)` may change an object that other elements see"
                return self._note(self._judge.judge_method(attr, node.lineno, receiver_fresh=fresh))
            case ast.Lambda():
                return ""
        return "what it calls is not known before it runs"

    def _changes_own(self, callee: object, node: ast.Call) -> bool:
        """Does it change its first argument, which is an object of the function's own?"""
        return self._judge.find_named(callee) in EFFECT_PATHS and bool(node.args) and self._is_own(node.args[0])

    def _is_own(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self._fresh

    def _passed_on(self, node: ast.Call) -> list[object]:
        """Arguments of a recursive call, as far as they are functions that the call itself was given."""
        return [self._given.get(argument.id) if isinstance(argument, ast.Name) else None for argument in node.args]

    def _list_given(self, node: ast.Call) -> list[object]:
        """Arguments of a call, as far as they are functions that are known here."""
        names = [arg.id if isinstance(arg, ast.Name) and arg.id not in self._bound else None for arg in node.args]
        values = [None if name is None else self._resolve(name) for name in names]
        return [value if isinstance(value, FunctionType) else None for value in values]

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
                path = None if name in self._bound else self._judge.find_named(self._resolve(name))
                is_plain = path == f"builtins.{name}" and name in FRESH_CALLS and (name != "sum" or len(args) == 1)
                return is_plain or path in FRESH_PATHS
            case ast.Call(func=ast.Attribute() as func):
                return self._judge.find_named(self._static_target(func)) in FRESH_PATHS
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
        return getattr(owner, node.attr, UNKNOWN) if type(owner).__name__ in MODULES else UNKNOWN

    def _is_local_function(self, name: str) -> bool:
        """Every binding of the name is a `def` or lambda inside this tree; their bodies are looked through with the rest."""
        values = list(values_bound(self._tree, name))
        return bool(values) and name not in self._parameters and all(isinstance(value, ast.FunctionDef | ast.Lambda) for value in values)
