"""The way between live Python and Programs, as the executor needs it. Made in `plain_language.py`; tests bring a smaller one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pyfora.client.body import Body
from pyfora.program.nodes import Program, Remote
from pyfora.wire import Arrival

if TYPE_CHECKING:
    from pyfora.client.executor import Executor
    from pyfora.client.remotely import Remotely

FindRemote = Callable[[object], Remote | None]  #: how a proxy or future is named in a Program; None for other objects
MakeProxy = Callable[[Remote], object]


@dataclass(frozen=True, slots=True)
class Result:
    """What a computation gave, live."""

    values: Mapping[str, object]  #: by name; "" for that of a call
    error: BaseException | None  #: the genuine exception, its remote traceback attached
    trace: str  #: that traceback as text
    printed: str  #: what `print` wrote


class Language(Protocol):
    def make_remotely(self, executor: "Executor") -> "Remotely": ...

    def capture_call(self, function: Callable[..., Any], args: Sequence[object], kwargs: Mapping[str, object]) -> Program: ...

    def capture_value(self, value: object) -> Program: ...

    def capture_names(self, values: Mapping[str, object]) -> Program: ...

    def encode(self, program: Program) -> Body: ...

    def read_result(self, data: bytes | Arrival, make_proxy: MakeProxy) -> Result: ...
