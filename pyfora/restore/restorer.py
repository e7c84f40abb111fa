"""What a Program holds, as live Python."""

import ast
from collections.abc import Mapping
from types import CodeType, MappingProxyType
from typing import Any

from pyfora.errors import InternalError
from pyfora.program.nodes import Block, Names, Node, Program, Ref
from pyfora.restore import classes, functions, objects, values
from pyfora.restore.compiling import compile_module, compile_once, rename, take_place
from pyfora.restore.environment import Environment
from pyfora.restore.making import Making
from pyfora.restore.private import find_private_class, spell_out
from pyfora.restore.trees import free_nonlocals, quote_unknown_annotations

IN_STEPS = values.IN_STEPS | functions.IN_STEPS | classes.IN_STEPS | objects.IN_STEPS


class Restorer:
    """Each node becomes one object: what was shared or went in circles does so again."""

    def __init__(self, program: Program, environment: Environment, made: Mapping[Ref, object] = MappingProxyType({})) -> None:
        """`made`: what some nodes stand for, where it is known."""
        self._program = program
        self._environment = environment
        self._making = Making(program, environment, values.AT_ONCE, IN_STEPS)
        for ref, value in made.items():
            self._making.put(ref, value)

    def value(self, ref: Ref) -> Any:
        return self._making.value(ref)

    def node(self, ref: Ref) -> Node:
        return self._making.node(ref)

    def list_made(self) -> list[tuple[Ref, Any]]:
        """The nodes made so far, and what was made of them."""
        return self._making.list_made()

    def names(self, names: Names) -> dict[str, Any]:
        return {name: self.value(ref) for name, ref in names}

    def globals_for(self, module: str) -> dict[str, object]:
        """The globals of the functions of a module; `__here__` in it is the dictionary itself."""
        return self._making.globals_for(module)

    def block(self) -> tuple[CodeType, dict[str, object]]:
        """The body of the Block, and the namespace to run it in: at top level the module's, in a function one of its own."""
        block = self._program.entry
        if not isinstance(block, Block):
            raise InternalError(f"the entry of this program is a {type(block).__name__}, not a Block")
        self._making.check_names(block.names)
        top_level = block.function == "<module>"
        namespace = self.globals_for(block.module) if top_level else self._making.make_globals(block.module)
        namespace.update((name, value) for name, value in self.names(block.names).items() if name != "__name__")
        names = tuple(name for name, _ in block.names)
        made_from = self._program.sources[block.source], block.ordinal, block.function, names
        return compile_once(self._environment, made_from, lambda: self._compile_block(block)), namespace

    def _compile_block(self, block: Block) -> CodeType:
        source = self._program.sources[block.source]
        tree = ast.Module(take_place(source, block.ordinal, ast.With).body, [])
        spell_out(tree, find_private_class(block.function))
        quote_unknown_annotations(tree, [name for name, _ in block.names])
        code = compile_module(tree, source, self._environment, block.names, free_nonlocals)
        if block.function == "<module>":
            return code
        inside = rename(code, "", f"{block.function}.<locals>.")
        return inside.replace(co_name=block.function.rpartition(".")[2], co_qualname=block.function)
