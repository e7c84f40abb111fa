import ast

from pyfora.program.nodes import Source
from pyfora.program.places import find_place
from pyfora.restore.trees import copy_tree, free_nonlocals, list_early_names, quote_unknown_annotations


def test_a_copy_is_equal_keeps_ordinals_and_shares_nothing_that_changes():
    source = Source("a.py", 1, "def f(n):\n    return [lambda: n for n in n if {n: 1}]\n")
    place = find_place(source, 0)
    before = ast.dump(place, include_attributes=True)
    copied = copy_tree(place)
    assert ast.dump(copied, include_attributes=True) == before
    assert [node.ordinal for node in ast.walk(copied) if hasattr(node, "ordinal")] == [0, 1, 2]
    for node in ast.walk(copied):
        if isinstance(node, ast.Name):
            node.id = "changed"
        if isinstance(node, (ast.FunctionDef, ast.Dict)):
            (node.body if isinstance(node, ast.FunctionDef) else node.keys).clear()
    assert ast.dump(place, include_attributes=True) == before


def test_a_tree_deeper_than_the_stack_is_copied():
    tree: ast.expr = ast.Constant(1)
    for _ in range(100_000):
        tree = ast.UnaryOp(ast.USub(), tree)
    copied = copy_tree(tree)
    while isinstance(copied, ast.UnaryOp):
        assert copied is not tree
        copied = copied.operand
    assert copied.value == 1


def test_early_names_are_those_a_class_statement_reads_while_it_runs():
    [statement] = ast.parse(
        """
@decorator
class A(base, metaclass=meta):
    a: annotation = value
    b = lambda x=lambda_default: late
    @method_decorator
    def f(self, n: annotation = default, *, k=kw_default) -> annotation: return late
    c = [item for item in items]
"""
    ).body
    expected = {"decorator", "base", "meta", "value", "lambda_default", "method_decorator", "default", "kw_default", "items"}
    assert list_early_names(statement) - {"a", "b", "c", "item"} == expected


def test_annotations_that_name_unknown_things_become_text():
    tree = ast.parse("def f(a: int, b: Known, c: Unknown[int], d: 'Text') -> m.x:\n    import m")
    quote_unknown_annotations(tree, ["Known"])
    assert ast.unparse(tree).splitlines()[0] == "def f(a: int, b: Known, c: 'Unknown[int]', d: 'Text') -> m.x:"


def test_only_nonlocals_of_the_block_become_globals():
    tree = ast.parse(
        """
def f(b):
    nonlocal a
    c = 1
    def g():
        nonlocal b, c
        def h():
            nonlocal a
    class K:
        d = 1
        def m(self):
            nonlocal d
"""
    )
    free_nonlocals(tree)
    assert [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, (ast.Global, ast.Nonlocal))] == [
        "global a",
        "nonlocal b, c",
        "global a",
        "global d",
    ]


def test_what_other_tools_leave_on_nodes_that_all_trees_share_is_not_followed():
    """IPython's tracebacks leave `.parent` on the one `ast.Load()` that CPython uses everywhere: a way round in circles."""
    tree = ast.parse("x = y")
    load = tree.body[0].value.ctx
    load.parent = tree.body[0].value
    try:
        assert ast.dump(copy_tree(tree)) == ast.dump(tree)
    finally:
        del load.parent
