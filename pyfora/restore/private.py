"""Private names.

Inside `class Account`, Python reads `__balance` as `_Account__balance`; code taken out of its class must say so itself.
"""

import ast


def find_private_class(qualname: str) -> str | None:
    """The class whose private names the code of that qualified name uses: "bank.<locals>.Account.pay" is in Account."""
    for part in reversed(qualname.split(".<locals>.")):
        classes = part.split(".")[:-1]
        if classes:
            return classes[-1]
    return None


def mangle(name: str, private: str | None) -> str:
    if private is None or not name.startswith("__") or name.endswith("__") or "." in name or not private.strip("_"):
        return name
    return f"_{private.lstrip('_')}{name}"


def spell_out(tree: ast.AST, private: str | None) -> None:
    """Write private names of a piece of code in full, in place. Its own name stays, and so does what stands in a class inside it."""
    if private is None or not private.strip("_"):
        return
    stack = [tree]
    while stack:
        node = stack.pop()
        for field in _NAMES.get(type(node), ()) if node is not tree or not isinstance(node, _NAMED) else ():
            value = getattr(node, field)
            if isinstance(value, str):
                setattr(node, field, mangle(value, private))
            elif isinstance(value, list):
                setattr(node, field, [mangle(name, private) for name in value])
        if isinstance(node, ast.ClassDef):
            stack += [*node.decorator_list, *node.bases, *node.keywords]
        else:
            stack += ast.iter_child_nodes(node)


_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NAMES: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Name: ("id",),
    ast.Attribute: ("attr",),
    ast.arg: ("arg",),
    ast.FunctionDef: ("name",),
    ast.AsyncFunctionDef: ("name",),
    ast.ClassDef: ("name",),
    ast.Global: ("names",),
    ast.Nonlocal: ("names",),
    ast.ExceptHandler: ("name",),
    ast.alias: ("asname",),
    ast.MatchAs: ("name",),
    ast.MatchStar: ("name",),
    ast.MatchMapping: ("rest",),
}
"""Where the compiler mangles. Not: keywords of calls, imported modules, keywords of class patterns."""
