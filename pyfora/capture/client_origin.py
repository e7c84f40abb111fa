"""The client's answers to the encoder: sources from files, keys for its functions and classes, proxies from the executor."""

from collections.abc import Callable, Collection
from types import CodeType, FunctionType
from weakref import WeakKeyDictionary, WeakValueDictionary

from pyfora.capture.origin import CodePlace, EncoderLike
from pyfora.capture.sources import find_code
from pyfora.program.allowed import find_path
from pyfora.program.nodes import Node, Remote, TraceFrame
from pyfora.program.places import find_place


class ClientOrigin:
    """One for each executor. Keeps what it gave a key, so that the same function or class comes back, not a copy."""

    def __init__(self, find_remote: Callable[[object], Remote | None]) -> None:
        self._find_remote = find_remote
        self._keys: WeakKeyDictionary[FunctionType | type, str] = WeakKeyDictionary()
        self._by_key: WeakValueDictionary[str, FunctionType | type] = WeakValueDictionary()
        self._functions: dict[int, tuple[CodeType, CodePlace | None]] = {}  # by identity: equal code may stand in several files
        self._classes: WeakKeyDictionary[type, CodePlace | None] = WeakKeyDictionary()

    def find_code(self, code: FunctionType | type) -> CodePlace | None:
        if isinstance(code, type):
            if code not in self._classes:
                self._classes[code] = find_code(code)
            return self._classes[code]
        known = self._functions.get(id(code.__code__))
        if known is None:
            known = self._functions[id(code.__code__)] = (code.__code__, find_code(code))
        place = known[1]
        return place and CodePlace(place.source, place.ordinal, code.__globals__)  # one code may run with several globals

    def find_named(self, value: object) -> str | None:
        return find_path(value)

    def make_key(self, code: FunctionType | type) -> str:
        """Functions made inside functions, and lambdas, need no identity: each run of their statement makes another one."""
        if isinstance(code, FunctionType) and "<" in code.__qualname__:
            return ""
        key = self._keys.get(code)
        if key is None:
            key = self._keys[code] = self._new_key(code)
            self._by_key[key] = code
        return key

    def _new_key(self, code: FunctionType | type) -> str:
        """The same in every run of a program that asks in the same order."""
        base = f"{code.__module__}:{code.__qualname__}:{self._line_of(code)}"
        key, number = base, 1
        while key in self._by_key:
            number += 1
            key = f"{base}#{number}"
        return key

    def _line_of(self, code: FunctionType | type) -> int:
        if isinstance(code, FunctionType):
            return code.__code__.co_firstlineno
        place = self.find_code(code)
        return find_place(place.source, place.ordinal).lineno if place is not None else 0

    def remember(self, key: str, made: object) -> None:
        """A function or class that the cluster made has come here under that key."""
        assert isinstance(made, FunctionType | type)
        self._keys[made] = key
        self._by_key[key] = made

    def find_object(self, key: str) -> FunctionType | type | None:
        """What has that key here."""
        return self._by_key.get(key)

    def find_known(self, code: FunctionType | type) -> str | None:
        return None  # each Program says all it needs

    def find_trace(self, error: BaseException) -> tuple[TraceFrame, ...]:
        return ()  # where a value of the user's was raised once is told by whoever raises it again

    def knows_any(self, identities: Collection[int]) -> bool:
        return False  # proxies are no tuples

    def find_special(self, value: object, encoder: EncoderLike) -> Node | None:
        return self._find_remote(value)
