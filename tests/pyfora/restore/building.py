"""Programs built by hand."""

import ast
import textwrap
from typing import Any

from pyfora.program import nodes
from pyfora.program.nodes import Node, Program, Ref, Source
from pyfora.program.places import list_places, parse_source
from pyfora.restore import Restorer
from pyfora.restore.plain import PlainEnvironment


def plain(known: dict[str, object] | None = None, allowed=lambda path: True) -> PlainEnvironment:
    known = {} if known is None else known
    return PlainEnvironment(allowed, known.get, known.__setitem__, lambda node: ("remote", node.computation, node.name))


class Building:
    """Nodes of one source; `use` finds places by name, so that tests need not count them."""

    def __init__(self, text: str = "", first_line: int = 1, path: str = "user.py") -> None:
        self.source = Source(path, first_line, textwrap.dedent(text))
        self.nodes: list[Node] = []
        self.buffers: list[bytes] = []

    def add(self, node: Node) -> Ref:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def later(self) -> Ref:
        """A reference to a node that is set afterwards by `nodes[ref] = …`."""
        return self.add(nodes.Constant(None))

    def const(self, value: nodes.Scalar) -> Ref:
        return self.add(nodes.Constant(value))

    def named(self, path: str) -> Ref:
        return self.add(nodes.Named(path))

    def ordinal(self, name: str) -> int:
        """Of the place with that name ("<lambda>", "ListComp", "With" … for those that have none), the first one."""
        for number, place in enumerate(list_places(parse_source(self.source))):
            if getattr(place, "name", type(place).__name__) == name.strip("<>"):
                return number
            if name == "<lambda>" and isinstance(place, ast.Lambda):
                return number
        raise LookupError(name)

    def function(self, name: str, at: Ref | None = None, **fields: Any) -> Ref:
        values: dict[str, Any] = {"qualname": name, "module": "user", "names": (), "cells": (), "defaults": (), "kwdefaults": (), "key": ""}
        values.update(fields, source=0, ordinal=fields.pop("ordinal", None) or self.ordinal(name), name=name)
        return self._put(nodes.Function(**values), at)

    def cls(self, name: str, at: Ref | None = None, **fields: Any) -> Ref:
        values: dict[str, Any] = {"qualname": name, "module": "user", "names": (), "cells": (), "members": (), "key": ""}
        values.update(fields, source=0, ordinal=self.ordinal(name), name=name)
        return self._put(nodes.Class(**values), at)

    def _put(self, node: Node, at: Ref | None) -> Ref:
        if at is None:
            return self.add(node)
        self.nodes[at] = node
        return at

    def program(self, entry: nodes.Entry | None = None) -> Program:
        return Program((self.source,), tuple(self.nodes), tuple(self.buffers), entry or nodes.Value(0))

    def restore(self, ref: Ref = -1, environment: Any = None) -> Any:
        """The value of a node, by default the last one."""
        return self.restorer(environment).value(ref if ref >= 0 else len(self.nodes) - 1)

    def restorer(self, environment: Any = None, entry: nodes.Entry | None = None) -> Restorer:
        return Restorer(self.program(entry), environment or plain())

    def block(self, function: str = "<module>", environment: Any = None, names: dict[str, Ref] | None = None) -> Any:
        entry = nodes.Block(0, self.ordinal("With"), "user", function, tuple((names or {}).items()), ())
        return self.restorer(environment, entry).block()
