"""Finding code inside a Source.

A *place* is a node of the source's syntax tree that can be captured: a `with`, `def`, `class`, `lambda` or comprehension.
Places are numbered in the order they open in the text, so (source, ordinal) names one on any Python version.
"""

import ast
from functools import lru_cache

from pyfora.program.nodes import Source

Place = (
    ast.With
    | ast.FunctionDef
    | ast.AsyncFunctionDef
    | ast.ClassDef
    | ast.Lambda
    | ast.ListComp
    | ast.SetComp
    | ast.DictComp
    | ast.GeneratorExp
)
PLACES = Place.__args__


def parse_source(source: Source) -> ast.Module:
    """The syntax tree of a Source, line numbers as in the user's file. Raises SyntaxError. The caller owns the tree."""
    indented = source.text[:1] in (" ", "\t")
    tree = ast.parse("if 1:\n" + source.text if indented else source.text, filename=source.path)
    ast.increment_lineno(tree, source.first_line - (2 if indented else 1))
    if indented:
        tree.body = tree.body[0].body  # type: ignore[attr-defined]
    return tree


def list_places(tree: ast.AST) -> list[Place]:
    """All places of a tree, in order: a parent before its children, children in the order of the syntax tree's fields."""
    found: list[Place] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, PLACES):
            found.append(node)
        stack.extend(reversed(list(ast.iter_child_nodes(node))))
    return found


@lru_cache(maxsize=512)
def _places_of(source: Source) -> tuple[Place, ...]:
    places = tuple(list_places(parse_source(source)))
    for ordinal, place in enumerate(places):
        place.ordinal = ordinal  # type: ignore[union-attr]  # deep copies keep it
    return places


def find_place(source: Source, ordinal: int) -> Place:
    """The place with that number, it and those in it marked with `.ordinal`: shared, so copy it before changing it.

    Raises IndexError, SyntaxError."""
    if ordinal < 0:
        raise IndexError(ordinal)
    return _places_of(source)[ordinal]
