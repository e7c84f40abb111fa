"""Random expressions of a wanted type, as source text.

Numbers come from where arithmetic goes wrong: around 2**53, 2**63 and 1e308, zeros of both signs, the smallest float. Types are wanted,
not kept: a name that holds an int may well be asked for a float, as in people's programs.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# fmt: off
INTS = [
    "0", "1", "2", "3", "5", "7", "10", "13", "64", "100", "255", "-1", "-2", "-3", "-7", "-100", "2147483647", "4294967296",
    "2147483648", "-2147483648", "-2147483649", "4294967295", "46341",
    "9007199254740991", "9007199254740993", "-9007199254740993", "4611686018427387904", "9223372036854775807", "-9223372036854775807",
    "9223372036854775806", "3037000500", "1000000007", "(-9223372036854775808)",
]
BIG_INTS = ["9223372036854775808", "18446744073709551617", "10**20", "(-10**30)", "2**200", "10**400"]
WORDS = [
    "0xFFFFFFFFFFFFFFFF", "9223372036854775808", "0x9E3779B97F4A7C15", "6364136223846793005", "0xBF58476D1CE4E5B9", "1442695040888963407",
    "18446744073709551614", "0x100000001B3", "1",
]
MASKS = ["0xFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFF", "((1 << 64) - 1)", "0x7FFFFFFFFFFFFFFF", "0xFFFFFFFF", "0x8000000000000001"]
MODULI = ["2**64", "(1 << 64)", "2**63", "2**48"]
FLOATS = [
    "0.0", "1.0", "-1.0", "0.5", "0.1", "1.5", "2.5", "-2.5", "3.7", "-0.3", "7.25", "100.0", "1e10", "-1e15", "1e16",
    "9007199254740992.0", "9007199254740993.0", "4503599627370496.5", "9.223372036854775e+18", "9.223372036854776e+18",
    "-9.223372036854776e+18", "1e22", "1e300", "1e308", "-1e308", "1.7976931348623157e+308", "5e-324", "2.2250738585072014e-308", "1e-10",
    "(-0.0)", "math.pi", "math.e", "math.inf", "math.nan",
]
TO_FLOAT = [
    "sqrt", "sin", "cos", "tan", "exp", "log", "log2", "log10", "log1p", "expm1", "atan", "asin", "acos", "sinh", "cosh", "tanh", "fabs",
    "degrees", "radians", "cbrt", "exp2", "asinh",
]
# fmt: on
TO_INT = ["floor", "ceil", "trunc", "isqrt"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True, slots=True)
class Helper:
    """A function that expressions may call."""

    name: str
    parameters: tuple[str, ...]  #: their types
    needed: int  #: parameters without a default
    result: str  #: a type


@dataclass(slots=True)
class Scope:
    """What an expression may name: names by type ("int", "float", "bool", "ints", "floats", "pair")."""

    names: dict[str, list[str]] = field(default_factory=dict)
    helpers: list[Helper] = field(default_factory=list)
    is_plain: bool = True  #: keep to what machine code is made for
    is_repeated: bool = False  #: inside a loop: no products that grow turn by turn

    def inner(self, **names: Sequence[str]) -> "Scope":
        merged = {kind: list(known) for kind, known in self.names.items()}
        for kind, more in names.items():
            merged[kind] = merged.get(kind, []) + list(more)
        return Scope(merged, self.helpers, self.is_plain, self.is_repeated)


class Expressions:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._fresh = 0

    def fresh(self, prefix: str) -> str:
        self._fresh += 1
        return f"{prefix}{self._fresh}"

    def make(self, kind: str, scope: Scope, depth: int) -> str:
        if kind == "number":
            kind = self.rng.choice(["int", "float"])
        if depth <= 0 or self.rng.random() < 0.15:
            return self.leaf(kind, scope)
        makers: dict[str, Callable[[Scope, int], str]] = {"int": self._int, "float": self._float, "bool": self._bool}
        return makers[kind](scope, depth - 1)

    def leaf(self, kind: str, scope: Scope) -> str:
        names = scope.names.get(kind, [])
        if names and self.rng.random() < 0.75:
            return self.rng.choice(names)
        if kind == "int":
            return self.rng.choice(BIG_INTS if self.rng.random() < 0.02 else INTS)
        return self.rng.choice(FLOATS if kind == "float" else ["True", "False"])

    def _int(self, scope: Scope, depth: int) -> str:
        a, b = (self.make("int", scope, depth) for _ in range(2))
        forms: list[tuple[int, Callable[[], str]]] = [
            (10, lambda: f"({a} {self.rng.choice('+-')} {b})"),
            (3, lambda: f"({a} * {self.rng.choice(INTS[:12]) if scope.is_repeated else b})"),
            (5, lambda: f"({a} {self.rng.choice(['//', '%'])} {b})"),
            (2, lambda: f"({a} {self.rng.choice('&|^')} {b})"),
            (1, lambda: f"({a} << ({b} % {self.rng.choice([5, 9] if scope.is_repeated else [8, 40, 70])}))"),
            (1, lambda: f"({a} >> ({b} % 70))"),
            (1, lambda: f"(({a} % {self.rng.choice([7, 100, 99999])}) ** {self.rng.choice([2, 3, 5, 13])})"),
            (1, lambda: f"(-{a})"),
            (1, lambda: f"(~{a})"),
            (1, lambda: f"abs({a})"),
            (2, lambda: f"{self.rng.choice(['min', 'max'])}({a}, {b})"),
            (1, lambda: f"divmod({a}, {b})[{self.rng.choice('01')}]"),
            (1, lambda: f"int({self.make('number', scope, depth)})"),
            (1, lambda: f"round({self.make('number', scope, depth)})"),
            (1, lambda: f"math.{self.rng.choice(TO_INT)}({self.make('number', scope, depth)})"),
            (1, lambda: f"math.gcd({a}, {b})"),
            (1, lambda: f"pow({a}, {b} % 99, {self.rng.choice(['7', '1000003', '(-5)', a])})"),
            (1, lambda: f"int({self.make('bool', scope, depth)})"),
            (1, lambda: f"({a} {self.rng.choice(['and', 'or'])} {b})"),
            (2, lambda: self.index("ints", scope, a)),
            (1, lambda: f"({self.make('bool', scope, depth)} + {a})"),
            (4, lambda: self.word(a, b)),
        ]
        return self._any_or("int", scope, depth, forms)

    def word(self, a: str, b: str) -> str:
        """What generators and hashes are made of: arithmetic modulo a power of two, up to 2**64."""
        mask, factor, shift = self.rng.choice(MASKS), self.rng.choice(WORDS), self.rng.choice(["1", "7", "13", "31", "63", "64"])
        return self.rng.choice(
            [
                f"(({a} * {factor} + {b}) & {mask})",
                f"(({a} * {factor} - {b}) % {self.rng.choice(MODULI)})",
                f"((({a} ^ {b}) * {factor}) & {mask})",
                f"(({a} << {shift}) & {mask})",
                f"(({a} << {shift} | ({b} & {mask}) >> {shift}) & {mask})",
                f"({mask} & ~{a})",
                f"({a} ^ ({b} & {mask}) >> {shift})",
                f"({a} * {factor} & {mask}) {self.rng.choice(['>>', '//', '%'])} {shift}",
                f"({a} & {factor})",
                factor,
            ]
        )

    def _float(self, scope: Scope, depth: int) -> str:
        a, b = self.make("float", scope, depth), self.make("number", scope, depth)
        forms: list[tuple[int, Callable[[], str]]] = [
            (10, lambda: f"({a} {self.rng.choice('+-*/')} {b})"),
            (3, lambda: f"({b} {self.rng.choice('+-*/')} {a})"),
            (2, lambda: f"({self.make('int', scope, depth)} / {self.make('int', scope, depth)})"),
            (3, lambda: f"({a} {self.rng.choice(['//', '%'])} {b})"),
            (1, lambda: f"({a} ** {self.rng.choice(['2', '3', '0.5', '-1', b])})"),
            (1, lambda: f"({self.make('int', scope, depth)} ** {self.rng.choice(['-1', '-2', '0.5', '(-0.5)'])})"),
            (1, lambda: f"(-{a})"),
            (1, lambda: f"abs({a})"),
            (1, lambda: f"{self.rng.choice(['min', 'max'])}({a}, {self.make('float', scope, depth)})"),
            (1, lambda: f"float({b})"),
            (
                2,
                lambda: f"(({self.make('int', scope, depth)} if {self.make('bool', scope, depth)} else {a}) {self.rng.choice('+-*/')} {b})",
            ),
            (1, lambda: f"divmod({a}, {b})[{self.rng.choice('01')}]"),
            (4, lambda: f"math.{self.rng.choice(TO_FLOAT)}({b})"),
            (1, lambda: f"math.{self.rng.choice(['hypot', 'atan2', 'copysign', 'fmod', 'pow', 'remainder'])}({a}, {b})"),
            (1, lambda: f"({a} {self.rng.choice(['and', 'or'])} {self.make('float', scope, depth)})"),
            (2, lambda: self.index("floats", scope, self.make("int", scope, depth))),
        ]
        if not scope.is_plain:
            forms.append((2, lambda: f"round({a}, {self.rng.choice(['0', '1', '2', '-1', '300'])})"))
        return self._any_or("float", scope, depth, forms)

    def _bool(self, scope: Scope, depth: int) -> str:
        a, b = (self.make("number", scope, depth) for _ in range(2))
        forms: list[tuple[int, Callable[[], str]]] = [
            (8, lambda: f"({a} {self.rng.choice(COMPARISONS)} {b})"),
            (2, lambda: f"({a} < {b} {self.rng.choice(['<', '<=', '!='])} {self.make('number', scope, depth)})"),
            (2, lambda: f"({self.make('bool', scope, depth)} {self.rng.choice(['and', 'or'])} {self.make('bool', scope, depth)})"),
            (1, lambda: f"(not {self.make('number', scope, depth)})"),
            (1, lambda: f"math.{self.rng.choice(['isnan', 'isinf', 'isfinite'])}({a})"),
            (1, lambda: f"({self.make('int', scope, depth)} in (1, 2, 5, -1))"),
            (1, lambda: f"bool({a})"),
            (2, lambda: f"({self.make('int', scope, depth)} % {self.rng.choice([2, 3, 5])} == {self.rng.choice([0, 1])})"),
        ]
        return self._any_or("bool", scope, depth, forms)

    def _any_or(self, kind: str, scope: Scope, depth: int, forms: list[tuple[int, Callable[[], str]]]) -> str:
        yes, no, test = self.make(kind, scope, depth), self.make(kind, scope, depth), self.make("bool", scope, depth)
        forms.append((2, lambda: f"({yes} if {test} else {no})"))
        fitting = [helper for helper in scope.helpers if helper.result == kind]
        if fitting:
            forms.append((6, lambda: self.call(self.rng.choice(fitting), scope, depth)))
        weights = [weight for weight, _ in forms]
        return self.rng.choices([make for _, make in forms], weights)[0]()

    def call(self, helper: Helper, scope: Scope, depth: int) -> str:
        count = self.rng.randint(helper.needed, len(helper.parameters))
        args = [self.make(kind, scope, min(depth, 1)) for kind in helper.parameters[:count]]
        return f"{helper.name}({', '.join(args)})"

    def index(self, kind: str, scope: Scope, at: str) -> str:
        names = scope.names.get(kind)
        if not names:
            return at
        name = self.rng.choice(names)
        return f"{name}[{self.rng.choice([f'({at}) % len({name})', f'({at}) % 9', '-1', '0', '2'])}]"
