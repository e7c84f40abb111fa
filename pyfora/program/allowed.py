"""The allow list: all that code on the cluster may name. Used when capturing and again on the worker, which does not trust the client.

A thing is named by its path: "builtins.len", "math" (the module), "math.sin", "datetime.datetime.fromisoformat" (a class's member).
What is not listed is refused. Listed means pure: no file, socket, process, clock or interpreter internals can be reached through it.
Things in GUARDED take the name of an attribute as text, so the worker gives out versions of them that ask `is_allowed_attribute`.
"""

import builtins
import sys
from types import ModuleType

from pyfora.program import allowed_numpy


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALLOWED_BUILTINS = _words(
    """
    Ellipsis False None NotImplemented True abs all any ascii bin bool bytearray bytes callable chr classmethod complex delattr dict
    divmod enumerate filter float format frozenset getattr hasattr hash hex int isinstance issubclass iter len list map max min next
    object oct ord pow print property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type zip
    """
) | frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and not issubclass(value, BaseExceptionGroup)
)

_MODULES = {
    "abc": "ABC ABCMeta abstractmethod",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "cmath": """
        acos acosh asin asinh atan atanh cos cosh e exp inf infj isclose isfinite isinf isnan log log10 nan nanj phase pi polar rect
        sin sinh sqrt tan tanh tau
    """,
    "collections": "ChainMap Counter OrderedDict UserDict UserList abc defaultdict deque namedtuple",
    "collections.abc": """
        Buffer ByteString Callable Collection Container Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView
        MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized ValuesView
    """,
    "contextlib": "AbstractContextManager ContextDecorator ExitStack closing contextmanager nullcontext suppress",
    "copy": "Error copy deepcopy replace",
    "dataclasses": "Field FrozenInstanceError InitVar KW_ONLY MISSING asdict astuple dataclass field fields is_dataclass replace",
    "datetime": "MAXYEAR MINYEAR UTC date datetime time timedelta timezone tzinfo",
    "decimal": """
        Clamped Context Decimal DecimalException DecimalTuple DivisionByZero FloatOperation Inexact InvalidOperation MAX_EMAX MAX_PREC
        MIN_EMIN MIN_ETINY Overflow ROUND_05UP ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP
        ROUND_UP Rounded Subnormal Underflow localcontext
    """,
    "enum": """
        CONFORM CONTINUOUS EJECT Enum EnumMeta EnumType Flag FlagBoundary IntEnum IntFlag KEEP NAMED_FLAGS ReprEnum STRICT StrEnum
        UNIQUE auto member nonmember property unique verify
    """,
    "fractions": "Fraction",
    "functools": """
        cache cached_property cmp_to_key lru_cache partial partialmethod reduce singledispatch singledispatchmethod total_ordering
        update_wrapper wraps
    """,
    "hashlib": "blake2b blake2s md5 sha1 sha224 sha256 sha384 sha3_224 sha3_256 sha3_384 sha3_512 sha512 shake_128 shake_256",
    "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
    "itertools": """
        accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile filterfalse groupby islice
        pairwise permutations product repeat starmap takewhile tee zip_longest
    """,
    "json": "JSONDecodeError JSONDecoder JSONEncoder dumps loads",
    "math": """
        acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2 expm1 fabs factorial
        floor fma fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf
        nan nextafter perm pi pow prod radians remainder sin sinh sqrt sumprod tan tanh tau trunc ulp
    """,
    "numbers": "Complex Integral Number Rational Real",
    "numpy": "fft linalg random",
    "numpy.fft": "",
    "numpy.linalg": "",
    "numpy.random": "",
    "operator": """
        abs add and_ attrgetter call concat contains countOf delitem eq floordiv ge getitem gt iadd iand iconcat ifloordiv ilshift
        imatmul imod imul index indexOf inv invert ior ipow irshift is_ is_not isub itemgetter itruediv ixor le length_hint lshift lt
        matmul methodcaller mod mul ne neg not_ or_ pos pow rshift setitem sub truediv truth xor
    """,
    "random": "Random",
    "re": """
        A ASCII DOTALL I IGNORECASE Match M MULTILINE NOFLAG Pattern PatternError RegexFlag S U UNICODE VERBOSE X compile error escape
        findall finditer fullmatch match search split sub subn
    """,
    "pyfora.errors": """
        BadWithBlockError ComputationCancelled ComputationError ConnectionError ForaToPythonConversionError InternalError
        InvalidPyforaOperation PyforaError PythonToForaConversionError WireError
    """,
    "statistics": """
        NormalDist StatisticsError correlation covariance fmean geometric_mean harmonic_mean kde linear_regression mean median
        median_grouped median_high median_low mode multimode pstdev pvariance quantiles stdev variance
    """,
    "string": "Template ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable punctuation whitespace",
    "textwrap": "TextWrapper dedent fill indent shorten wrap",
    "types": "SimpleNamespace",
    "typing": """
        AbstractSet Annotated Any AnyStr Callable ClassVar Collection Concatenate Container Counter DefaultDict Deque Dict Final
        FrozenSet Generator Generic Hashable ItemsView Iterable Iterator KeysView List Literal LiteralString Mapping MutableMapping
        MutableSequence MutableSet NamedTuple Never NewType NoReturn NotRequired Optional OrderedDict ParamSpec Pattern Protocol
        Required Reversible Self Sequence Set Sized SupportsAbs SupportsComplex SupportsFloat SupportsIndex SupportsInt SupportsRound
        TYPE_CHECKING Text Tuple Type TypeAlias TypeGuard TypeVar TypeVarTuple TypedDict Union Unpack ValuesView assert_never cast
        final get_args get_origin overload override runtime_checkable
    """,
}

ALLOWED_MODULES = {name: _words(members) for name, members in _MODULES.items()} | {
    "numpy": allowed_numpy.NUMPY | frozenset({"fft", "linalg", "random"}),
    "numpy.fft": allowed_numpy.FFT,
    "numpy.linalg": allowed_numpy.LINALG,
    "numpy.random": allowed_numpy.RANDOM,
}
"""Module → the members of it that may be named."""

REFUSED_MEMBERS = _words(
    """
    datetime.date.fromtimestamp datetime.date.today datetime.datetime.fromtimestamp datetime.datetime.now datetime.datetime.today
    datetime.datetime.timestamp datetime.datetime.astimezone datetime.datetime.utcfromtimestamp datetime.datetime.utcnow
    numpy.ndarray.ctypes numpy.ndarray.dump numpy.ndarray.tofile numpy.random.RandomState.seed numpy.random.RandomState.set_state
    """
)
"""Members of allowed classes that may not be named: they ask the clock, the time zone of the machine, or write files."""

GUARDED = _words(
    """
    builtins.delattr builtins.format builtins.getattr builtins.hasattr builtins.setattr builtins.str.format builtins.str.format_map
    builtins.type functools.wraps operator.attrgetter operator.methodcaller
    """
)
"""Allowed things that reach attributes by a name given as text (`type` with three arguments sets them)."""

ALLOWED_DUNDER_ATTRIBUTES = _words(
    """
    __abs__ __add__ __and__ __args__ __bool__ __bytes__ __call__ __cause__ __ceil__ __class__ __class_getitem__ __complex__
    __contains__ __context__ __copy__ __dataclass_fields__ __deepcopy__ __delattr__ __delitem__ __divmod__ __doc__ __enter__ __eq__ __exit__
    __float__ __floor__ __floordiv__ __format__ __ge__ __getitem__ __gt__ __hash__ __iadd__ __iand__ __ifloordiv__ __ilshift__ __imatmul__
    __imod__ __imul__ __index__ __init__ __init_subclass__ __int__ __invert__ __ior__ __ipow__ __irshift__ __isub__ __iter__ __itruediv__
    __ixor__ __le__ __len__ __length_hint__ __lshift__ __lt__ __match_args__ __matmul__ __members__ __missing__ __mod__ __module__ __mul__
    __name__ __ne__ __neg__ __new__ __next__ __notes__ __or__ __origin__ __pos__ __post_init__ __pow__ __qualname__ __radd__ __rand__
    __rdivmod__ __repr__ __reversed__ __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __rmul__ __ror__ __round__ __rpow__ __rrshift__
    __rshift__ __rsub__ __rtruediv__ __rxor__ __set_name__ __setattr__ __setitem__ __str__ __sub__ __suppress_context__ __truediv__
    __trunc__ __xor__
    """
)
"""Attributes with two leading and trailing underscores that code may touch: operators, construction, names; nothing that leads further."""

REFUSED_ATTRIBUTES = _words(
    """
    ag_await ag_code ag_frame ag_running cr_await cr_code cr_frame cr_origin cr_running f_back f_builtins f_code f_globals f_lasti f_lineno
    f_locals f_trace func_code func_globals gi_code gi_frame gi_running gi_yieldfrom tb_frame tb_lasti tb_lineno tb_next
    _evaluate _dump_registry _get_strided_loop _resolve_dtypes_and_context mro with_traceback
    """
)
"""Attributes by which frames, and so the interpreter, would be reached; or that run text as code."""

SENSITIVE_ATTRIBUTES = _words(
    """
    __class__ __delattr__ __setattr__ astimezone capsule cffi ctypes dump evaluate flags format format_map fromtimestamp now parts register
    resize seed set_state shuffle timestamp today tofile utcfromtimestamp utcnow
    _field_defaults _finfo_cache _hashable_values_ _max_vals _member_map_ _member_names_ _min_vals _unhashable_values_
    _unhashable_values_map_ _value2member_map_ unicode_whitespace_trans
    """
)
"""Attributes that are harmless on most objects and not on all: the worker looks at the object before it gives them out."""

SENSITIVE_STORES = _words("state")
"""The same for attributes that are assigned to."""

REFUSED_NAMES = _words(
    """
    __annotations__ __builtins__ __build_class__ __dataclass_fields__ __import__ __loader__ __prepare__ __spec__
    __real_list__ __answer__ __attribute__ __built__ __calls__ __captured__ __caught__ __class_made__ __comprehension__ __consume__
    __drain__ __fork__ __function__ __generator__ __grow__ __here__ __hot__ __id__ __lambda__ __like_lists__ __look__ __loop__ __mapped__
    __own__ __pass_on__ __pattern__ __place__ __refused__ __seats__ __settable__ __skips__ __through__ __type__ __unbound__ __unstoppable__
    """
)
"""Names that lead into the interpreter, whatever they are bound to, and those that the worker's guard calls."""

REFUSED_STORES = ALLOWED_DUNDER_ATTRIBUTES - _words(
    "__cause__ __context__ __doc__ __module__ __name__ __notes__ __qualname__ __suppress_context__"
)
"""Attributes that code may read but not assign to."""


def is_allowed_attribute(name: str) -> bool:
    """May code on the cluster touch an attribute of this name?"""
    if name.startswith("__") and name.endswith("__"):
        return name in ALLOWED_DUNDER_ATTRIBUTES
    return name not in REFUSED_ATTRIBUTES


def is_allowed(path: str) -> bool:
    """Is this module, module member or member of an allowed class on the allow list?"""
    if path in ALLOWED_MODULES:
        return True
    owner, _, member = path.rpartition(".")
    if owner == "builtins":
        return member in ALLOWED_BUILTINS
    if owner in ALLOWED_MODULES:
        return member in ALLOWED_MODULES[owner]
    return bool(owner) and is_allowed(owner) and path not in REFUSED_MEMBERS and is_allowed_attribute(member)


_PLAIN = (type(None), bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset)
_known: dict[int, tuple[object, str]] = {}
"""Live allow-listed objects by identity; the object is kept so that its number stays its own."""
_looked_at: set[str] = set()


def find_path(value: object) -> str | None:
    """The path of an allow-listed live object, found by identity. Modules that nobody has imported are not imported for it."""
    entry = _known.get(id(value))
    if entry is None and _learn():
        entry = _known.get(id(value))
    return entry[1] if entry is not None else None


def list_known() -> list[object]:
    """The live objects on the allow list, of the modules that are imported."""
    _learn()
    return [value for value, _ in _known.values()]


def _learn() -> bool:
    """Enter the members of allowed modules that were imported since the last time. Were there any?"""
    new = [name for name in ("builtins", *ALLOWED_MODULES) if name not in _looked_at and name in sys.modules]
    for name in new:
        module = sys.modules[name]
        if name != "builtins":
            _known[id(module)] = (module, name)
        members = ALLOWED_BUILTINS if name == "builtins" else ALLOWED_MODULES[name]
        for member in sorted(members):
            _enter(module, name, member)
        _looked_at.add(name)
    return bool(new)


def _enter(module: ModuleType, name: str, member: str) -> None:
    value = vars(module).get(member)
    if isinstance(value, ModuleType) or type(value) in _PLAIN:
        return
    if id(value) not in _known or getattr(value, "__name__", "") == member:  # numpy.float64 rather than numpy.double
        _known[id(value)] = (value, f"{name}.{member}")
