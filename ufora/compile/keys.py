"""Names of machine code: everything it depends on, hashed.

Code, types, meanings of names, the consumer, the processor, the versions of the compiler and of this package's own
writing. Values are not in it, nor where code stands: only how its lines lie to its first one, for what a stop is told with.
"""

import ast
import copy
import hashlib
from collections.abc import Mapping

from ufora.compile.given import collect_given
from ufora.compile.spec import Binding, Code, Fixed, Given, Instance, Loop, Missing, Named
from ufora.numerics.machine import describe_compiler, describe_processor

VERSION = 44
"""Of what this package writes for a loop: to be raised with every change of it, or kept code would go on giving the old."""


def cpu_key() -> str:
    """Names the processor and features that machine code is made for here."""
    name, features = describe_processor()
    return f"{name}-{hashlib.sha256(features.encode()).hexdigest()[:16]}"


def loop_key(loop: Loop) -> str:
    """The same for two loops exactly if they may share machine code."""
    writer = _Writer(loop)
    writer.write(f"version {VERSION}", describe_compiler(), cpu_key(), loop.consumer.value, repr(loop.source), str(loop.is_call))
    tree = copy.copy(loop.tree)
    first = copy.copy(tree.generators[0])
    first.iter = ast.copy_location(ast.Constant(None), tree)  # the source is given by its kind
    tree.generators = [first, *tree.generators[1:]]
    writer.write_tree(tree)
    writer.write_names(loop.names)
    return writer.digest()


class _Writer:
    def __init__(self, loop: Loop) -> None:
        self._hash = hashlib.sha256()
        self._slots = {id(given): number for number, given in enumerate(collect_given(loop))}
        self._codes: dict[int, int] = {}
        self._kinds: dict[int, int] = {}

    def write(self, *parts: str) -> None:
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            self._hash.update(f"{len(data)}:".encode())
            self._hash.update(data)

    def write_tree(self, tree: "ast.expr | ast.FunctionDef") -> None:
        lines = (node.lineno - tree.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr))
        self.write(ast.dump(tree), " ".join(map(str, lines)))

    def write_names(self, names: Mapping[str, Binding | Missing]) -> None:
        self.write(str(len(names)))
        for name, binding in sorted(names.items()):
            self.write(name)
            self._write_binding(binding)

    def _write_binding(self, binding: Binding | Missing) -> None:
        match binding:
            case Given(kind):
                self.write("given", str(self._slots[id(binding)]), repr(kind))
            case Fixed(value):
                self.write("fixed", str(value))
            case Named(path):
                self.write("named", path)
            case Missing(reason):
                self.write("missing", reason)
            case Code() | Instance() if id(binding) in self._codes:
                self.write("again", str(self._codes[id(binding)]))
            case Code(name, _, tree, names, defaults, outcome):
                self._codes[id(binding)] = len(self._codes)
                self.write("code", name, *outcome)
                self.write_tree(_without_defaults(tree))
                self.write_names(names)
                self.write(str(len(defaults)))
                for default in defaults:
                    self._write_binding(default)
            case Instance():
                self._write_instance(binding)

    def _write_instance(self, instance: Instance) -> None:
        self._codes[id(instance)] = len(self._codes)
        self.write(
            "class" if instance.is_class else "instance", instance.name, str(self._kinds.setdefault(id(instance.kind), len(self._kinds)))
        )
        for part in (instance.fields, instance.methods, instance.properties):
            self.write_names(part)

    def digest(self) -> str:
        return self._hash.hexdigest()


def _without_defaults(tree: ast.FunctionDef | ast.Lambda) -> ast.FunctionDef | ast.Lambda:
    """A default's value comes as a binding; what the text says of it is a value, too."""
    tree, args = copy.copy(tree), copy.copy(tree.args)
    args.defaults = []
    tree.args = args
    return tree
