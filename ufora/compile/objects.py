"""Objects of the user's classes, as long as they do not change: they exist only while compiling, their numbers are Given values.

    p.x        a property's function called; else what the object holds; else the class's, a function as a method
    p(…)       __call__        a + b, b + a    __add__, __radd__        -p    __neg__        p[i]    __getitem__

Special methods are those of the class, as in Python; what a class does not define is refused, never guessed.
"""

from ufora.compile.frame import Frame
from ufora.compile.spec import Code, Instance, MadeObject, Missing, ObjectOf, Scalar
from ufora.compile.values import BOOL, I64, Meaning, Method, Value, Word, bool_value, describe, int_word, load_word, word_types

_NAMES = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "<<": "lshift", ">>": "rshift",
    "&": "and", "|": "or", "^": "xor",
}  # fmt: skip
_COMPARISONS = {"==": "__eq__", "!=": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}


def as_instance(value: Value) -> Instance | None:
    match value.type:
        case Meaning(Instance(is_class=False) as instance) | MadeObject(instance):
            return instance
    return None


def attribute(frame: Frame, owner: Value, instance: Instance, name: str) -> Value:
    if name.startswith("__"):
        frame.refuse(f"`{name}` of {describe(owner.type)} is not compiled")  # private names mean another in each class
    if name in instance.properties:
        return frame.unit.call(frame, _usable(frame, instance.properties[name]), [owner], {})
    if name in instance.fields:
        binding = instance.fields[name]
        if isinstance(binding, Missing):
            frame.refuse(binding.reason)
        return frame.value_of(binding)
    code = _usable(frame, instance.methods.get(name, Missing(f"{describe(owner.type)} has no attribute `{name}`")))
    return Value(Method(code, owner.type), owner.words)


def load_field(frame: Frame, owner: Value, name: str) -> Value:
    """Of an object that may be assigned."""
    kind, place = find_field(frame, owner, name)
    return Value(kind, (load_word(frame.builder, place, *word_types(kind))[0],))


def find_field(frame: Frame, owner: Value, name: str) -> tuple[Scalar, Word]:
    """Type and place of an attribute."""
    assert isinstance(owner.type, ObjectOf)
    for at, (field, kind) in enumerate(owner.type.fields):
        if field == name and not name.startswith("__"):
            return kind, frame.builder.gep(owner.word, [int_word(at)], source_etype=I64)
    frame.refuse(f"`{name}` of {describe(owner.type)}, of which an attribute is assigned, is no number it holds")


def _usable(frame: Frame, code: Code | Missing) -> Code:
    if isinstance(code, Missing):
        frame.refuse(code.reason)
    return code


def call(frame: Frame, called: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """Of an object or of a method."""
    if isinstance(called.type, Method):
        return frame.unit.call(frame, called.type.code, [Value(called.type.owner, called.words), *args], keywords)
    return frame.unit.call(frame, find_method(frame, called, "__call__"), [called, *args], keywords)


def special(frame: Frame, owner: Value, name: str, *args: Value) -> Value:
    return frame.unit.call(frame, find_method(frame, owner, name), [owner, *args], {})


def find_method(frame: Frame, owner: Value, name: str) -> Code:
    """A special one."""
    instance = as_instance(owner)
    if instance is None or name not in instance.methods:
        frame.refuse(f"{describe(owner.type)} has no `{name}` that is compiled")
    return _usable(frame, instance.methods[name])


def binary(frame: Frame, symbol: str, a: Value, b: Value) -> Value | None:
    """An operator with an object on one side; None when there is none."""
    left, right = as_instance(a), as_instance(b)
    if left is None and right is None:
        return None
    if left is not None and right is not None and left.kind is not right.kind:
        frame.refuse(f"`{symbol}` of objects of two classes, `{left.name}` and `{right.name}`")  # which may answer first
    name = _NAMES[symbol]
    if left is not None:
        return special(frame, a, f"__{name}__", b)
    return special(frame, b, f"__r{name}__", a)


def refuse_in_place(frame: Frame, symbol: str, owner: Value) -> None:
    instance = as_instance(owner)
    if instance is not None and f"__i{_NAMES[symbol]}__" in instance.methods:
        frame.refuse(f"`{symbol}=` changes {describe(owner.type)}")


def compare(frame: Frame, symbol: str, a: Value, b: Value) -> Value | None:
    """A comparison with an object on one side; None when there is none."""
    left, right = as_instance(a), as_instance(b)
    if left is None and right is None:
        return None
    if left is None or (right is not None and left.kind is not right.kind):
        frame.refuse(f"`{symbol}` of {describe(a.type)} and {describe(b.type)}")
    result = special(frame, a, _COMPARISONS[symbol], b)
    if result.type != BOOL:
        frame.refuse(f"`{_COMPARISONS[symbol]}` gives {describe(result.type)}")
    return result


def is_true(frame: Frame, value: Value) -> Value:
    """As a bool."""
    if isinstance(value.type, ObjectOf):
        frame.refuse(f"the truth of {describe(value.type)}, of which an attribute is assigned")
    instance = as_instance(value)
    if instance is None or not {"__bool__", "__len__"} & instance.methods.keys():
        return bool_value(True)
    if "__bool__" not in instance.methods:
        frame.refuse(f"the truth of {describe(value.type)} by its length")
    result = special(frame, value, "__bool__")
    if result.type != BOOL:
        frame.refuse(f"`__bool__` gives {describe(result.type)}")
    return result
