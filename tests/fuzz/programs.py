"""Random pure programs, as source text: constants, helper functions that call each other, and `program()`, which the two sides run."""

import random
import textwrap
from collections.abc import Callable

from tests.fuzz.changes import HELD, Changes
from tests.fuzz.comprehensions import Comprehensions
from tests.fuzz.expressions import BIG_INTS, FLOATS, INTS, MASKS, MODULI, WORDS, Expressions, Helper, Scope

_BOX = """class Box:
    def __init__(self, first, second):
        self.int, self.float = first, second
"""
ERRORS = "(ArithmeticError, LookupError, ValueError, TypeError, RuntimeError)"
LIMITS = ["1000003", "(2**31)", "(2**63)", "(2**64 + 13)"]


def make_program(seed: str) -> str:
    return _Writer(random.Random(seed)).program()


class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._expressions = Expressions(rng)
        self._comprehensions = Comprehensions(self._expressions)
        self._is_function = True  #: are the statements those of a function that may return?

    def program(self) -> str:
        scope = Scope()
        parts = ["import math\n", *self._constants(scope)]
        plain: list[Helper] = []
        for _ in range(self._rng.randint(1, 3)):
            scope.helpers = list(plain)
            text, helper = self._helper(scope)
            parts.append(text)
            plain.append(helper)
        scope.helpers = plain
        if self._rng.random() < 0.4:
            parts.append(self._class(scope))
        return "\n".join([*parts, _BOX, self._filler(scope), self._main(scope)])

    def _class(self, outer: Scope) -> str:
        """A class with a method, an operator and a call, and an object of it whose parts stand for functions and numbers."""
        kinds = {"int": self._expressions.fresh("m"), "float": self._expressions.fresh("m")}
        scope = outer.inner(**{kind: [f"self.{name}"] for kind, name in kinds.items()})
        result = self._rng.choice(["int", "float"])
        argument = self._expressions.fresh("a")
        body = textwrap.indent(self._body(scope.inner(float=[argument]), result, 1), "        ")
        name, made = self._expressions.fresh("C"), self._expressions.fresh("o")
        call = self._expressions.make("float", scope.inner(float=[argument, f"self.act({argument})"]), 2)
        added = self._expressions.make("int", scope.inner(int=[argument]), 2)
        values = [self._expressions.leaf(kind, outer) for kind in kinds]
        outer.helpers += [Helper(made, ("float",), 1, "float"), Helper(f"{made}.act", ("float",), 1, result)]
        outer.names.setdefault("int", []).append(f"({made} + {self._rng.choice(INTS)})")
        outer.names.setdefault("float", []).append(f"{made}.{kinds['float']}")
        return (
            f"class {name}:\n    def __init__(self, first, second):\n        self.{kinds['int']}, self.{kinds['float']} = first, second\n\n"
            f"    def act(self, {argument}):\n{body}\n\n    def __call__(self, {argument}):\n        return {call}\n\n"
            f"    def __add__(self, {argument}):\n        return {added}\n\n{made} = {name}({', '.join(values)})\n"
        )

    def _constants(self, scope: Scope) -> list[str]:
        """Names of the module: what the cluster gets along."""
        parts = []
        values: dict[str, Callable[[], str]] = {
            "int": lambda: self._rng.choice(INTS),
            "float": lambda: self._rng.choice(FLOATS),
            "ints": lambda: f"[{', '.join(self._rng.choice(INTS) for _ in range(self._rng.choice([1, 9, 40])))}]",
            "pairs": lambda: (
                f"[{', '.join(f'({self._rng.choice(INTS)}, {self._rng.choice(FLOATS)})' for _ in range(self._rng.choice([1, 9, 40])))}]"
            ),
            "rows": lambda: f"[{', '.join(_row(self._rng) for _ in range(self._rng.choice([1, 5, 40])))}]",
            "floats": lambda: f"[{', '.join(self._rng.choice(FLOATS) for _ in range(self._rng.choice([1, 9, 40])))}]",
        }
        for kind, make in values.items():
            if self._rng.random() < 0.7:
                name = f"{kind.upper()}_{self._rng.randint(1, 9)}"
                parts.append(f"{name} = {make()}")
                scope.names[kind] = [name]
        return parts

    def _helper(self, outer: Scope) -> tuple[str, Helper]:
        """A function over numbers: mostly what machine code is made for."""
        name = self._expressions.fresh("f")
        kinds = tuple(self._rng.choice(["int", "int", "float"]) for _ in range(self._rng.randint(1, 3)))
        result = self._rng.choice(["int", "int", "float", "float", "bool"])
        names = [self._expressions.fresh("a") for _ in kinds]
        needed = self._rng.randint(1, len(kinds))
        scope = outer.inner()
        for parameter, kind in zip(names, kinds, strict=True):
            scope.names.setdefault(kind, []).append(parameter)
        given = [
            parameter if at < needed else f"{parameter}={self._rng.choice(INTS[:20] if kind == 'int' else FLOATS[:20])}"
            for at, (parameter, kind) in enumerate(zip(names, kinds, strict=True))
        ]
        helper = Helper(name, kinds, needed, result)
        roll = self._rng.random()
        if roll < 0.15:
            return f"{name} = lambda {', '.join(given)}: {self._expressions.make(result, scope, 3)}\n", helper
        body = self._body(scope, result, 0) if roll < 0.9 else self._recursion(name, names, kinds, scope, result)
        return f"def {name}({', '.join(given)}):\n{textwrap.indent(body, '    ')}\n", helper

    def _recursion(self, name: str, names: list[str], kinds: tuple[str, ...], scope: Scope, result: str) -> str:
        less = f"int({names[0]}) % 12 - 1" if kinds[0] == "int" else f"float(int({names[0]} or 1) % 12 - 1)"
        rest = [self._expressions.make(kind, scope, 1) for kind in kinds[1:]]
        call = f"{name}({', '.join([less, *rest])})"
        end = self._expressions.make(result, scope, 2)
        more = f"{call} {self._rng.choice('+-')} {end}" if result != "bool" else f"not {call}"
        return f"if not {names[0]} > 0:\n    return {end}\nreturn {more}"

    def _body(self, scope: Scope, result: str, level: int) -> str:
        """Statements that end with a `return`."""
        scope = scope.inner()
        lines = [self._statement(scope, result, level) for _ in range(self._rng.randint(0, 4))]
        return "\n".join([*lines, f"return {self._expressions.make(result, scope, 3)}"])

    def _statement(self, scope: Scope, result: str, level: int) -> str:
        forms: list[tuple[int, Callable[[Scope, str, int], str]]] = [(6, self._assign), (2, self._change), (1, self._unpack)]
        if scope.names.get("own ints"):
            forms += [(9, self._store)]
        if level < 3:
            forms += [(4, self._if), (3, self._for), (3, self._while), (1, self._reduce)]
        if scope.is_repeated:
            forms += [(1, self._jump)]
        weights = [weight for weight, _ in forms]
        return self._rng.choices([make for _, make in forms], weights)[0](scope, result, level)

    def _tame(self, kind: str, text: str, scope: Scope) -> str:
        """Within loops ints may leave 64 bits, not memory."""
        return f"{text} % {self._rng.choice(LIMITS)}" if kind == "int" and scope.is_repeated and self._rng.random() < 0.7 else text

    def _assign(self, scope: Scope, result: str, level: int) -> str:
        kind = self._rng.choice(["int", "int", "float", "float", "bool"])
        known = [name for name in scope.names.get(kind, []) if name.islower() and name.isidentifier()]
        text = self._tame(kind, self._expressions.make(kind, scope, 3), scope)
        name = self._rng.choice(known) if known and self._rng.random() < 0.6 else self._expressions.fresh("v")
        if name not in known and level == 0:
            scope.names.setdefault(kind, []).append(name)
        return f"{name} = {text}"

    def _change(self, scope: Scope, result: str, level: int) -> str:
        kind = self._rng.choice(["int", "float"])
        known = [name for name in scope.names.get(kind, []) if name.islower() and name.isidentifier()]
        if not known:
            return self._assign(scope, result, level)
        if kind == "int" and self._rng.random() < 0.3:
            return self._wrap(self._rng.choice(known), self._expressions.make(kind, scope, 1))
        symbol = self._rng.choice(["+", "-", "+", "-", "//", "%", "^"] if kind == "int" else ["+", "-", "*", "/", "%"])
        return f"{self._rng.choice(known)} {symbol}= {self._expressions.make(kind, scope, 2)}"

    def _wrap(self, name: str, text: str) -> str:
        """It stays within 64 bits, by one statement or by several."""
        factor, mask, shift = self._rng.choice(WORDS), self._rng.choice(MASKS), self._rng.choice([1, 7, 29, 64])
        return self._rng.choice(
            [
                f"{name} = ({name} * {factor} + {text}) & {mask}",
                f"{name} ^= ({name} << {shift}) & {mask}",
                f"{name} &= {mask}\n{name} ^= {name} >> {shift}",
                f"{name} ^= {text}\n{name} *= {factor}\n{name} &= {mask}",
                f"{name} = {name} * {factor}\n{name} += {text}\n{name} %= {self._rng.choice(MODULI)}",
            ]
        )

    def _unpack(self, scope: Scope, result: str, level: int) -> str:
        kind = self._rng.choice(["int", "float"])
        known = [name for name in scope.names.get(kind, []) if name.islower() and name.isidentifier()]
        if len(known) < 2:
            return self._assign(scope, result, level)
        a, b = self._rng.sample(known, 2)
        right = f"{b}, {self._tame(kind, self._expressions.make(kind, scope, 2), scope)}"
        return f"{a}, {b} = {self._rng.choice([right, f'({right})', f'divmod({a}, {b})'])}"

    def _store(self, scope: Scope, result: str, level: int) -> str:
        """An item of a list of the program's own is assigned."""
        kind = self._rng.choice(["int", "float"])
        one, other = (self._place(self._rng.choice(scope.names[f"own {kind}s"]), scope) for _ in range(2))
        if "box" in scope.names and self._rng.random() < 0.3:
            one = f"box.{kind}"
        value = self._tame(kind, self._expressions.make(kind, scope, 2), scope)
        symbol = self._rng.choice(["+", "-", "+", "-", "%", "^"] if kind == "int" else ["+", "-", "*", "/"])
        return self._rng.choice([f"{one} = {value}", f"{one} = {other}", f"{one} {symbol}= {value}", f"{one}, {other} = {other}, {one}"])

    def _place(self, name: str, scope: Scope) -> str:
        at = self._expressions.make("int", scope, 1)
        return f"{name}[{self._rng.choice([f'({at}) % len({name})', f'({at}) % 9', f'-1 - ({at}) % 3', '0', '2'])}]"

    def _filler(self, outer: Scope) -> str:
        """A function that assigns items of the lists it is given."""
        scope = outer.inner(**{"ints": ["p"], "floats": ["q", "r"], "own ints": ["p"], "own floats": ["q", "r"]}, int=["n"])
        body = "\n".join([self._for(scope, "int", 1), self._rng.choice(["return p", "return q, p", "return n", "q[0] = r[0]"])])
        return f"def fill(p, q, r, n):\n{textwrap.indent(body, '    ')}\n"

    def _if(self, scope: Scope, result: str, level: int) -> str:
        text = f"if {self._expressions.make('bool', scope, 2)}:\n{self._block(scope, result, level)}"
        if self._rng.random() < 0.3:
            text += f"\nelif {self._expressions.make('bool', scope, 2)}:\n{self._block(scope, result, level)}"
        if self._rng.random() < 0.5:
            text += f"\nelse:\n{self._block(scope, result, level)}"
        return text

    def _block(self, scope: Scope, result: str, level: int) -> str:
        lines = [self._statement(scope, result, level + 1) for _ in range(self._rng.randint(1, 2))]
        roll = self._rng.random()
        if roll < 0.15 and self._is_function:
            lines.append(f"return {self._expressions.make(result, scope, 2)}")
        elif roll < 0.18:
            lines.append(f"raise ValueError('no', {self._expressions.leaf('int', scope)})")
        return textwrap.indent("\n".join(lines), "    ")

    def _for(self, scope: Scope, result: str, level: int) -> str:
        target, source, names = self._comprehensions.several(scope) if self._rng.random() < 0.35 else self._turns()
        inside = scope.inner(**names)
        inside.is_repeated = True
        text = f"for {target} in {source}:\n{self._block(inside, result, level)}"
        return text + self._else(scope, result, level)

    def _turns(self) -> tuple[str, str, dict[str, list[str]]]:
        name = self._expressions.fresh("i")
        return name, f"range({self._rng.choice(['0', '1', '3', '6', '10', '2, 9, 3', '5, -2, -1', '100'])})", {"int": [name]}

    def _while(self, scope: Scope, result: str, level: int) -> str:
        name = self._expressions.fresh("n")
        inside = scope.inner()
        inside.is_repeated = True
        test = f" and {self._expressions.make('bool', scope, 2)}" if self._rng.random() < 0.7 else ""
        block = self._block(inside, result, level)
        text = f"{name} = {self._rng.choice([0, 3, 8])}\nwhile {name} < 12{test}:\n    {name} += 1\n{block}"
        return text + self._else(scope, result, level)

    def _else(self, scope: Scope, result: str, level: int) -> str:
        return f"\nelse:\n{self._block(scope, result, level + 1)}" if self._rng.random() < 0.2 else ""

    def _jump(self, scope: Scope, result: str, level: int) -> str:
        return f"if {self._expressions.make('bool', scope, 2)}:\n    {self._rng.choice(['break', 'continue'])}"

    def _reduce(self, scope: Scope, result: str, level: int) -> str:
        kind = self._rng.choice(["int", "float", "bool"])
        return f"{self._expressions.fresh('v')} = {self._tame(kind, self._comprehensions.reduce(kind, scope, 2), scope)}"

    def _main(self, scope: Scope) -> str:
        """A few comprehensions, their exceptions caught as values or, at times, let out; and some Python around them."""
        lines = ["answers = []"]
        scope = scope.inner()
        if self._rng.random() < 0.5:
            lines += self._lone_loop(scope)
        for _ in range(self._rng.randint(1, 3)):
            answer = f"answers.append({self._comprehensions.make(scope, self._rng.randint(1, 3))})"
            lines.append(answer if self._rng.random() < 0.2 else _caught(answer))
        if self._rng.random() < 0.5:
            lines += self._around(scope)
        if self._rng.random() < 0.5:
            lines += self._changes()
        lines.append("return answers")
        return f"def program():\n{textwrap.indent(chr(10).join(lines), '    ')}\n"

    def _lone_loop(self, scope: Scope) -> list[str]:
        """A loop among statements that stay interpreted, and what its names hold behind it."""
        names = {kind: [self._expressions.fresh("v") for _ in range(2)] for kind in ("int", "float")}
        before = [f"{name} = {self._expressions.leaf(kind, scope)}" for kind in names for name in names[kind]]
        kinds = {"int": INTS, "float": FLOATS if self._rng.random() < 0.2 else FLOATS[:-1]}  # without the NaN
        lists = {kind: [self._expressions.fresh("w") for _ in range(2)] for kind in kinds}
        sizes = [1, 9, 9, 40]
        for kind, numbers in kinds.items():
            for name in lists[kind]:
                before.append(f"{name} = [{', '.join(self._rng.choice(numbers) for _ in range(self._rng.choice(sizes)))}]")
            if self._rng.random() < 0.3:
                before.append(f"{lists[kind][1]} = {lists[kind][0]}")
        own = {f"{prefix}{kind}s": lists[kind] for kind in kinds for prefix in ("", "own ")}
        fill = f"fill({self._rng.choice(lists['int'])}, {', '.join(self._rng.choices(lists['float'], k=2))}, {self._rng.choice(INTS[:9])})"
        if self._rng.random() < 0.5:
            before.append(f"box = Box({self._rng.choice(INTS)}, {self._rng.choice(FLOATS)})")
            names = {kind: [*names[kind], f"box.{kind}"] for kind in names}
            own["box"] = ["box"]
        else:
            before.append("box = None")
        inside = scope.inner(**names, **own)
        self._is_function = False
        loop = self._rng.choice([self._for, self._while])(inside, "int", 1)
        self._is_function = True
        counter = loop.removeprefix("for ").split()[0].strip("(,")
        looked = f"try:\n    answers.append({counter})\nexcept NameError as error:\n    answers.append(str(error))"
        held = [f"answers.append(({name}, [{name}.index(x) for x in {name}]))" for name in lists["int"] + lists["float"]]
        filled = [_caught(f"answers.append({fill})")] if self._rng.random() < 0.5 else []
        held.append("answers.append(box and (box.int, box.float))")
        return [*before, _caught(loop), *filled, *held, f"answers.append(({', '.join(names['int'] + names['float'])}))", looked]

    def _around(self, scope: Scope) -> list[str]:
        """Strings, dictionaries, big numbers: what stays interpreted."""
        scope.is_plain = False
        a, b = (self._expressions.make(self._rng.choice(["int", "float"]), scope, 2) for _ in range(2))
        big = self._rng.choice(BIG_INTS)
        forms = [
            f"answers.append(f'{{{a}}} {{{b}!r:>8}}')",
            f"answers.append({{k: v for k, v in zip('abc', ({a}, {b}, {big}))}})",
            f"answers.append(sorted([{a}, {b}, {big}, 1.5], key=lambda v: (v != v, v)))",
            f"answers.append([str(x) + 'é' for x in range(40) if {self._expressions.make('bool', scope.inner(int=['x']), 2)}])",
            f"d = {{}}\nfor x in range(9):\n    d[x % 4] = d.get(x % 4, 0) + x * {big}\nanswers.append(d)",
            f"answers.append(max([{a}, {b}], default=0))",
            f"answers.append(sum([{a}, {b}, {big}]))",
            f"answers.append([{self._expressions.make('float', scope.inner(int=['x'], float=['y']), 2)} "
            "for x, y in zip(range(50), [0.5, 1e308] * 25)])",
            f"answers.append(any(x == {a} for x in enumerate([{a}, {b}])))",
        ]  # fmt: skip
        return [_caught(self._rng.choice(forms)) for _ in range(self._rng.randint(1, 2))]

    def _changes(self) -> list[str]:
        """In the program itself, where what was done before an error stays, or in a function that all elements call."""
        before, *loops = Changes(self._rng).statements()
        if self._rng.random() < 0.5:
            return [f"n = {self._rng.randint(1, 6)}", before, *map(_caught, loops), f"answers.append({HELD})"]
        body = "\n".join([before, *loops, f"return {HELD}"])
        return [f"def change(n):\n{textwrap.indent(body, '    ')}", _caught("answers.append([change(n) for n in range(5)])")]


def _row(rng: random.Random) -> str:
    return f"[{', '.join(rng.choice(FLOATS[:-1]) for _ in range(rng.choice([3, 3, 3, 5])))}]"


def _caught(statement: str) -> str:
    body = textwrap.indent(statement, "    ")
    return f"try:\n{body}\nexcept {ERRORS} as error:\n    answers.append((type(error).__name__, str(error)))"
