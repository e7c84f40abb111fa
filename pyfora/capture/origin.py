"""Where the encoder finds what a live object is made of. The client's asks `inspect` and its files; the driver's asks its registry."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Protocol

from pyfora.program.nodes import Buffer, Node, Source, TraceFrame


@dataclass(frozen=True, slots=True)
class CodePlace:
    """The source of a live function or class."""

    source: Source
    ordinal: int
    globals: Mapping[str, object]  #: where its global names are looked up


class Origin(Protocol):
    def find_code(self, code: FunctionType | type) -> CodePlace | None:
        """Where its source is. None when it has none (builtin, made by exec)."""

    def find_named(self, value: object) -> str | None:
        """The allow-list path of a builtin, module or module member; by identity."""

    def make_key(self, code: FunctionType | type) -> str:
        """A name for a function or class between the two sides: the same each time it is asked, "" where none is needed."""

    def find_known(self, code: FunctionType | type) -> str | None:
        """Its key, when the reading side has it already; it is then sent as Known."""

    def find_special(self, value: object, encoder: "EncoderLike") -> Node | None:
        """A node for an object only this side knows (proxies, futures, chunked lists). None for all others."""

    def knows_any(self, identities: Collection[int]) -> bool:
        """Has `find_special` a node for one of the objects that are so identified?"""

    def find_trace(self, error: BaseException) -> tuple[TraceFrame, ...]:
        """Where an exception was raised, as far as this is the user's code, outermost first."""


class EncoderLike(Protocol):
    def ref(self, value: object) -> int: ...

    def add_buffer(self, buffer: Buffer) -> int: ...

    def add_node(self, node: Node, value: object = None) -> int: ...
