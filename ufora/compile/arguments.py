"""Which value each parameter of a user's function gets in a call, as Python finds them."""

import ast

from ufora.compile.frame import Frame
from ufora.compile.spec import Code
from ufora.compile.values import Value


def parameter_names(frame: Frame, code: Code) -> list[str]:
    args = code.tree.args
    if args.vararg or args.kwarg or args.kwonlyargs:
        frame.refuse(f"`{code.name}` has `*` parameters, which are not compiled", code.tree)
    if isinstance(code.tree, ast.FunctionDef) and code.tree.decorator_list:
        frame.refuse(f"`{code.name}` is decorated", code.tree)
    return [arg.arg for arg in (*args.posonlyargs, *args.args)]


def bind_arguments(frame: Frame, code: Code, args: list[Value], keywords: dict[str, Value]) -> list[Value]:
    """The value of every parameter."""
    names = parameter_names(frame, code)
    positional_only = {arg.arg for arg in code.tree.args.posonlyargs}
    if len(args) > len(names) or any(name not in names[len(args) :] or name in positional_only for name in keywords):
        frame.refuse(f"the arguments do not fit `{code.name}`")
    found = dict(zip(names, args, strict=False)) | keywords
    for name, default in zip(reversed(names), reversed(code.defaults), strict=False):
        if name not in found:
            found[name] = frame.value_of(default)
    if len(found) < len(names):
        frame.refuse(f"`{code.name}` is called with too few arguments")
    return [found[name] for name in names]
