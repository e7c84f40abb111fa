"""Expressions, left to right as Python evaluates them. What is not listed here is refused."""

import ast
from typing import Any

from ufora.compile import (
    choices,
    comprehensions,
    holders,
    known,
    lists,
    made_objects,
    mappings,
    modular,
    objects,
    operators,
    sorts,
    sources,
)
from ufora.compile.frame import Frame
from ufora.compile.items import is_list
from ufora.compile.spec import ArrayOf, Code, Instance, MadeDict, MadeList, MadeObject, Named, ObjectOf, TupleOf
from ufora.compile.values import (
    BOOL,
    I64,
    MOST_BITS,
    NONE,
    ColumnOf,
    ContainerMethod,
    Inline,
    Meaning,
    Method,
    Nothing,
    Value,
    bool_value,
    describe,
    float_value,
    int_value,
    is_whole,
    join_tuple,
    known_int,
    split_tuple,
    word_types,
)


def evaluate(frame: Frame, node: ast.expr) -> Value:
    frame.line = node.lineno
    match node:
        case ast.Constant(value):
            return _constant(frame, value)
        case ast.Name(name):
            return _known_value(frame, frame.read(name))
        case ast.Attribute():
            return _attribute(frame, node)
        case ast.Subscript(value, index):
            return _subscript(frame, value, index)
        case ast.Call():
            return _call(frame, node)
        case ast.List():
            return lists.display(frame, node)
        case ast.Lambda():
            return _inline(frame, node)
        case ast.Dict() | ast.Set():
            return mappings.display(frame, node)
        case ast.DictComp() | ast.SetComp():
            return mappings.comprehension(frame, node)
        case ast.ListComp():
            return lists.comprehension(frame, node)
        case ast.Tuple(elts):
            return join_tuple([frame.settle(evaluate(frame, item)) for item in elts])
        case ast.NamedExpr(ast.Name(name), value):
            result = evaluate(frame, value)
            if holders.find_held(result.type):  # what the name held before may be read still, in the same expression
                frame.refuse(f"`:=` of {describe(result.type)} is not compiled", node)
            frame.assign(name, result)
            return result
        case _:
            return _operation(frame, node)


def _evaluate_part(frame: Frame, node: ast.expr) -> Value:
    """Behind it, what happens belongs to the line of the whole again."""
    line = frame.line
    value = evaluate(frame, node)
    frame.line = line
    return value


def _operation(frame: Frame, node: ast.expr) -> Value:
    match node:
        case ast.BinOp():
            return _binary(frame, node)
        case ast.UnaryOp(ast.Not(), operand):
            return Value(BOOL, (frame.builder.not_(operators.is_true(frame, evaluate(frame, operand))),))
        case ast.UnaryOp(operator, operand):
            return operators.unary(frame, operator, _evaluate_part(frame, operand))
        case ast.Compare(left, ops, comparators):
            return _compare(frame, left, ops, comparators)
        case ast.BoolOp(operator, values):
            return _bool_operation(frame, operator, values)
        case ast.IfExp(test, body, orelse):
            chosen = choices.choose(frame, test, body, orelse)
            return choices.either(frame, test, lambda: evaluate(frame, body), lambda: evaluate(frame, orelse)) if chosen is None else chosen
        case _:
            frame.refuse(f"`{_shorten(ast.unparse(node))}` is not compiled yet", node)


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _constant(frame: Frame, value: object) -> Value:
    match value:
        case None:
            return NONE
        case bool():
            return bool_value(value)
        case int() if value.bit_length() <= MOST_BITS:
            return int_value(value)
        case float():
            return float_value(value)
        case _:
            frame.refuse(f"the constant {_shorten(repr(value))} is not a bool, a float or an int of {MOST_BITS} bits")


def _binary(frame: Frame, node: ast.BinOp) -> Value:
    symbol = operators.SYMBOLS.get(type(node.op))
    if symbol is None:
        frame.refuse("matrix multiplication is not compiled")
    if modular.is_cut(node.op):
        return modular.evaluate(frame, node)
    a = _evaluate_part(frame, node.left)
    b = _evaluate_part(frame, node.right)
    return lists.binary(frame, symbol, a, b) or operators.binary(frame, symbol, a, b)


def test(frame: Frame, node: ast.expr, yes: Any, no: Any) -> None:
    """Jump to one of two blocks by the truth of an expression."""
    match node:
        case ast.UnaryOp(ast.Not(), operand):
            test(frame, operand, no, yes)
        case ast.BoolOp(operator, values):
            for value in values[:-1]:
                go_on = frame.block("and" if isinstance(operator, ast.And) else "or")
                test(frame, value, *((go_on, no) if isinstance(operator, ast.And) else (yes, go_on)))
                frame.builder.position_at_end(go_on)
            test(frame, values[-1], yes, no)
        case _:
            frame.builder.cbranch(operators.is_true(frame, evaluate(frame, node)), yes, no)


def _compare(frame: Frame, left: ast.expr, ops: list[ast.cmpop], comparators: list[ast.expr]) -> Value:
    """A chain ends at the first False; what stands in the middle is evaluated once."""
    if len(ops) == 1:
        return _compare_pair(frame, _evaluate_part(frame, left), ops[0], comparators[0])[0]
    after = frame.block("compared")
    a, ways = _evaluate_part(frame, left), []
    for at, (operator, comparator) in enumerate(zip(ops, comparators, strict=True), 1):
        result, a = _compare_pair(frame, a, operator, comparator)
        ways.append((result.word, frame.builder.block))
        if at < len(ops):
            go_on = frame.block("next")
            frame.builder.cbranch(result.word, go_on, after)
            frame.builder.position_at_end(go_on)
    frame.go(after)
    phi = frame.builder.phi(word_types(BOOL)[0])
    for word, block in ways:
        phi.add_incoming(word, block)
    return Value(BOOL, (phi,))


def _compare_pair(frame: Frame, a: Value, operator: ast.cmpop, comparator: ast.expr) -> tuple[Value, Value]:
    b = _evaluate_part(frame, comparator)
    if isinstance(operator, ast.In | ast.NotIn):
        return _contains(frame, a, b, isinstance(operator, ast.NotIn)), b
    symbol = operators.SYMBOLS.get(type(operator))
    if symbol is None:
        return _is(frame, a, b, isinstance(operator, ast.IsNot)), b
    if is_list(a) and is_list(b) and symbol in ("==", "!="):
        same = lists.same(frame, a, b)
        return Value(BOOL, (frame.builder.not_(same) if symbol == "!=" else same,)), b
    return Value(BOOL, (operators.compare(frame, symbol, a, b),)), b


def _is(frame: Frame, a: Value, b: Value, negated: bool) -> Value:
    """Identity is a question of machine code only where one side is None, or of objects that are assigned."""
    if isinstance(a.type, MadeObject | MadeList | ObjectOf) and type(a.type) is type(b.type):
        number, other = (frame.builder.ptrtoint(value.word, I64) for value in (a, b))
        return Value(BOOL, (frame.builder.icmp_signed("!=" if negated else "==", number, other),))
    if Nothing() not in (a.type, b.type):
        frame.refuse("`is` is compiled for None only")
    return bool_value((a.type == b.type) != negated)


def _contains(frame: Frame, a: Value, container: Value, negated: bool) -> Value:
    if isinstance(container.type, MadeDict):
        word = mappings.contains(frame, frame.settle(a), container)
        holders.drop(frame, container)
        return Value(BOOL, (frame.builder.not_(word) if negated else word,))
    if is_list(container):
        found = lists.contains(frame, a, container)
        holders.drop(frame, container)
        return Value(BOOL, (frame.builder.not_(found) if negated else found,))
    if not isinstance(container.type, TupleOf) or not all(map(is_whole, (a.type, *container.type.items))):
        frame.refuse("`in` is compiled for lists and for tuples of ints only")
    found = bool_value(False).word
    for item in split_tuple(container):
        found = frame.builder.or_(found, operators.compare(frame, "==", a, item))
    return Value(BOOL, (frame.builder.not_(found) if negated else found,))


def _bool_operation(frame: Frame, operator: ast.boolop, values: list[ast.expr]) -> Value:
    """`a and b`: a when it is false, else b. All must have one type."""
    if len(values) == 1:
        return frame.settle(evaluate(frame, values[0]))
    first = frame.settle(evaluate(frame, values[0]))
    truth = operators.is_true(frame, first)

    def jump(yes: Any, no: Any) -> None:
        frame.builder.cbranch(truth, yes, no)

    def rest() -> Value:
        return _bool_operation(frame, operator, values[1:])

    return (
        choices.either(frame, jump, rest, lambda: first)
        if isinstance(operator, ast.And)
        else choices.either(frame, jump, lambda: first, rest)
    )


def _attribute(frame: Frame, node: ast.Attribute) -> Value:
    if isinstance(node.value, ast.Name) and f"{node.value.id}.{node.attr}" in frame.names:
        return frame.read(f"{node.value.id}.{node.attr}")
    owner = evaluate(frame, node.value)
    match owner.type:
        case Meaning(Named(path)):
            return _known_value(frame, Value(Meaning(Named(f"{path}.{node.attr}")), ()))
        case MadeObject():
            return made_objects.attribute(frame, owner, node.attr)
        case Meaning(Instance(is_class=True)):
            frame.refuse(f"attribute `{node.attr}` of {describe(owner.type)} is not compiled")
        case Meaning(Instance() as instance):
            return objects.attribute(frame, owner, instance, node.attr)
        case ObjectOf():
            return objects.load_field(frame, owner, node.attr)
        case ArrayOf() | MadeList() | MadeDict():
            return Value(ContainerMethod(node.attr, owner.type), owner.words)
        case _:
            frame.refuse(f"attribute `{node.attr}` of {describe(owner.type)} is not compiled")


def _known_value(frame: Frame, value: Value) -> Value:
    """`math.pi` is a number from here on."""
    match value.type:
        case Meaning(Named(path)) if path in known.CONSTANTS:
            return float_value(known.CONSTANTS[path])
        case _:
            return value


def _subscript(frame: Frame, owner: ast.expr, index: ast.expr) -> Value:
    if isinstance(index, ast.Slice):
        return _slice(frame, _evaluate_part(frame, owner), index)
    value, at = _evaluate_part(frame, owner), _evaluate_part(frame, index)
    match value.type:
        case MadeDict():
            return mappings.item(frame, value, at)
        case MadeList():
            item = sources.load_item(frame, value, sources.find_position(frame, value, at))
            holders.drop_around(frame, value, item)
            return item
        case ArrayOf() | ColumnOf():
            return sources.load_item(frame, value, sources.find_position(frame, value, at))
        case TupleOf(items):
            number = known_int(at)
            if number is None or not -len(items) <= number < len(items):
                frame.refuse("a tuple's index must be a constant within it")
            return split_tuple(value)[number]
        case Meaning(Instance()) | MadeObject():
            return objects.special(frame, value, "__getitem__", frame.settle(at))
        case _:
            frame.refuse(f"an index into {describe(value.type)}")


def _slice(frame: Frame, value: Value, index: ast.Slice) -> Value:
    if not is_list(value):
        frame.refuse(f"a slice of {describe(value.type)} is not compiled")
    return lists.slice_of(frame, value, index)


def _call(frame: Frame, node: ast.Call) -> Value:
    if any(isinstance(arg, ast.Starred) for arg in node.args) or any(keyword.arg is None for keyword in node.keywords):
        frame.refuse("`*` and `**` in a call are not compiled", node)
    called = evaluate(frame, node.func)
    match called.type:
        case ContainerMethod(_, MadeDict()):
            return mappings.call_method(frame, called, node)
        case ContainerMethod("sort", MadeList()):
            return sorts.sort_in_place(frame, called, node)
        case ContainerMethod():
            return lists.call_method(frame, called, node)
        case Meaning(Named("builtins.dict" | "builtins.set" as path)):
            return mappings.from_source(frame, node, is_set=path == "builtins.set")
        case Meaning(Named("builtins.list")):
            return lists.from_source(frame, node)
        case Meaning(Named("builtins.sorted")):
            return sorts.sorted_of(frame, node)
        case Meaning(Named(path)):
            nested = _comprehension(frame, path, node)
            if nested is not None:
                return nested
    args = [frame.settle(evaluate(frame, arg)) for arg in node.args]
    keywords = {keyword.arg: frame.settle(evaluate(frame, keyword.value)) for keyword in node.keywords if keyword.arg}
    frame.line = node.lineno
    result = call_value(frame, called, args, keywords)
    for arg in (*args, *keywords.values()):
        holders.drop(frame, arg, [result])
    return result


def call_value(frame: Frame, called: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    match called.type:
        case Meaning(Named(path)):
            if keywords:
                frame.refuse(f"{describe(called.type)} with keywords is not compiled")
            return known.call(frame, path, args)
        case Meaning(Code() as code):
            return frame.unit.call(frame, code, args, keywords)
        case Meaning(Inline() as inline) if not keywords:
            return _call_inline(frame, inline, args)
        case Meaning(Instance(is_class=True) as of):
            return made_objects.make(frame, of, args, keywords)
        case Meaning(Instance()) | MadeObject() | Method():
            return objects.call(frame, called, args, keywords)
        case _:
            frame.refuse(f"a call of {describe(called.type)}")


def _inline(frame: Frame, node: ast.Lambda) -> Value:
    plain = ast.arguments([], node.args.args, None, [], [], None, [])
    if ast.dump(plain) != ast.dump(node.args) or any(isinstance(part, ast.NamedExpr) for part in ast.walk(node)):
        frame.refuse("a lambda with other than plain parameters is not compiled", node)
    return Value(Meaning(Inline(node, frame, tuple(frame.scopes))), ())


def _call_inline(frame: Frame, inline: Inline, args: list[Value]) -> Value:
    names = [arg.arg for arg in inline.tree.args.args]
    if inline.frame is not frame or len(names) != len(args):
        frame.refuse("a lambda is compiled where it stands, with as many arguments as parameters", inline.tree)
    around, frame.scopes = frame.scopes, list(inline.scopes)
    frame.open_scope(names)
    for name, arg in zip(names, args, strict=True):
        frame.assign(name, arg)
    value = frame.settle(evaluate(frame, inline.tree.body))
    frame.scopes = around
    return value


def _comprehension(frame: Frame, path: str, node: ast.Call) -> Value | None:
    """`sum(... for ...)` and its like, when this is one."""
    name = path.removeprefix("builtins.")
    options = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    match node.args:
        case [elements, start] if name == "sum" and not options:
            options["start"] = start
        case [elements]:
            pass
        case _:
            return None
    if name not in comprehensions.SINKS or not options.keys() <= comprehensions.OPTIONS.get(name, frozenset()):
        return None
    return comprehensions.consume(frame, name, elements, options)
