"""Random comprehensions with the function that takes their elements."""

from collections.abc import Sequence

from tests.fuzz.expressions import Expressions, Scope

# No sets: how many NaNs there are in one depends on which are the same object, which machine code does not keep.
CONSUMERS = ["sum"] * 6 + ["list"] * 4 + ["min", "max", "any", "all", "tuple", "sorted", "len", "max_key", "fsum"]
LENGTHS = [0, 1, 2, 3, 5, 8, 13, 20, 33, 40, 57, 64, 100, 130, 200]


class Comprehensions:
    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions
        self._rng = expressions.rng

    def make(self, scope: Scope, depth: int, limit: int = 200) -> str:
        """A whole expression: `sum(… for … in …)`, a list, …"""
        consumer = self._rng.choice(CONSUMERS)
        kind = self._rng.choice(["int", "int", "float", "float", "bool"])
        if consumer in ("any", "all") and self._rng.random() < 0.8:
            kind = "bool"
        clauses, inside = self._clauses(scope, limit)
        element = self._element(kind, inside, depth, consumer)
        return self._consume(consumer, f"{element} {clauses}")

    def reduce(self, kind: str, scope: Scope, depth: int) -> str:
        """One that gives a number and may stand inside a loop that is compiled."""
        clauses, inside = self._clauses(scope, 8)
        element = self._expressions.make(kind, inside, depth)
        name = self._rng.choice(["sum", "sum", "min", "max"] if kind != "bool" else ["any", "all"])
        roll = self._rng.random()
        if kind != "bool" and roll < 0.3:
            return self._varied(name, kind, f"{element} {clauses}", scope)
        return f"{name}({element} {clauses})"

    def _varied(self, name: str, kind: str, inside: str, scope: Scope) -> str:
        """With a start, a key, or of tuples."""
        if name == "sum":
            return f"sum(({inside}), {self._expressions.leaf(kind, scope)})"
        keys = [helper.name for helper in scope.helpers if helper.parameters == (kind,)]
        if keys:
            return f"{name}(({inside}), key={self._rng.choice(keys)})"
        element, rest = inside.split(" for ", 1)
        return f"{name}(({element}, {self._expressions.leaf('int', scope)}) for {rest})[0]"

    def several(self, scope: Scope) -> tuple[str, str, dict[str, list[str]]]:
        """The target, the source and the names by type of a loop over `zip`, `enumerate`, `reversed` or a tuple."""
        a, b = self._expressions.fresh("x"), self._expressions.fresh("x")
        known = [(name, kind[:-1]) for kind in ("ints", "floats") for name in scope.names.get(kind, [])]
        first, kind = self._rng.choice([("range(4)", "int"), ("range(7, 1, -2)", "int"), *known])
        second, other = self._rng.choice([("range(-2, 3)", "int"), ("(0.5, -1.5, 1e300)", "float"), *known])
        names: dict[str, list[str]] = {kind: [a]}
        names.setdefault(other, []).append(b)
        forms = [
            (f"{a}, {b}", f"zip({first}, {second})", names),
            (f"{a}, {b}", f"zip(reversed({first}), {second})", names),
            (f"{b}", f"reversed({second})", {other: [b]}),
            (
                f"{a}, {b}",
                f"enumerate({second}, {self._rng.choice(['0', '-3', '2**63 - 3'])})",
                {"int": [a], other: [b]} if other != "int" else {"int": [a, b]},
            ),
            (f"{b}", f"({self._expressions.leaf('float', scope)}, {self._expressions.leaf('float', scope)})", {"float": [b]}),
        ]
        return self._rng.choice(forms)

    def _element(self, kind: str, scope: Scope, depth: int, consumer: str) -> str:
        if consumer in ("list", "tuple", "sorted") and self._rng.random() < 0.1:
            return f"({self._expressions.make(kind, scope, depth)}, {self._expressions.make('int', scope, depth)})"
        if consumer in ("list", "tuple") and self._rng.random() < 0.15:
            clauses, inside = self._clauses(scope, 8)
            return f"[{self._expressions.make(kind, inside, depth)} {clauses}]"
        if self._rng.random() < 0.08:
            return self.reduce(kind, scope, depth)
        if scope.helpers and self._rng.random() < 0.5:
            return self._expressions.call(self._rng.choice(scope.helpers), scope, depth)
        return self._expressions.make(kind, scope, depth)

    def _clauses(self, scope: Scope, limit: int) -> tuple[str, Scope]:
        count = self._rng.choices([1, 2, 3], [12, 4, 1])[0]
        limit = limit if count == 1 else min(limit, 14) if count == 2 else 6
        text = []
        for _ in range(count):
            name = self._expressions.fresh("x")
            if scope.names.get("pairs") and self._rng.random() < 0.15:
                other = self._expressions.fresh("x")
                text.append(f"for {name}, {other} in {self._rng.choice(scope.names['pairs'])}")
                scope = scope.inner(int=[name], float=[other])
            elif scope.names.get("rows") and self._rng.random() < 0.15:
                rows = self._rng.choice(scope.names["rows"])
                text.append(f"for {name} in {self._rng.choice([rows, f'zip(*{rows})'])}")
                scope = scope.inner(floats=[name])
            else:
                source, kind = self._source(scope, limit)
                text.append(f"for {name} in {source}")
                scope = scope.inner(**{kind: [name]})
            while self._rng.random() < 0.25:
                text.append(f"if {self._expressions.make('bool', scope, 2)}")
        return " ".join(text), scope

    def _source(self, scope: Scope, limit: int) -> tuple[str, str]:
        roll = self._rng.random()
        for kind in ("ints", "floats"):
            names: Sequence[str] = scope.names.get(kind, [])
            if roll < 0.2 and names:
                return self._rng.choice(names), kind.removesuffix("s")
            roll -= 0.1
        lengths = [length for length in LENGTHS if length <= limit]
        length = self._rng.choice(lengths)
        if roll < 0.45:
            return f"range({length})", "int"
        start = self._rng.choice([-5, 1, -100, 2**31 - 40, 2**31, 2**53 - 5, 2**63 - 300, -(2**63), 3037000490])
        step = self._rng.choice([1, 1, 2, 3, -1, 7])
        if step < 0 and start == -(2**63):
            step = 1
        if scope.names.get("int") and roll < 0.55:
            return f"range({self._rng.choice(scope.names['int'])} % {max(2, limit // 2)})", "int"
        return f"range({start}, {start + step * length}, {step})", "int"

    def _consume(self, consumer: str, inside: str) -> str:
        match consumer:
            case "list":
                return self._rng.choice([f"[{inside}]", f"list({inside})"])
            case "len":
                return f"len([{inside}])"
            case "max_key":
                return f"max(({inside}), key=abs, default=None)"
            case "min" | "max":
                return self._rng.choice([f"{consumer}({inside})", f"{consumer}(({inside}), default=-1)", f"{consumer}([{inside}])"])
            case "fsum":
                return f"math.fsum({inside})"
            case "sum":
                start = self._rng.choice(["1", "0.5", "-0.0"])
                return self._rng.choice([f"sum({inside})", f"sum([{inside}])", f"sum(({inside}), {start})"])
        return f"{consumer}({inside})"
