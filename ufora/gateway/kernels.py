"""The machine code that a computation ran as, from the workers that keep it."""

from ufora.engine.contract import ManagerEngine, WorkerLost
from ufora.gateway.views import KernelView
from ufora.protocol.explanation import Explanation
from ufora.protocol.messages import Kernels, ShowKernels, pack_message, unpack_message

MOST_KERNELS = 20  # in one answer: 2.5 MB of text at most
MOST_ASKED = 20  # workers; guessed: mostly the first has all, and who asks is waiting


async def find_kernels(engine: ManagerEngine, worker: str | None, explanation: Explanation) -> list[KernelView]:
    """Of the lines that took most time first. `worker`: where it lived, which is asked first."""
    wanted = [(line.path, line.line, key) for line in explanation.lines for key in line.kernels][:MOST_KERNELS]
    found: dict[str, str] = {}
    others = [each.id for each in engine.list_workers() if each.id != worker]
    for each in [*([worker] if worker else []), *others][:MOST_ASKED]:
        missing = tuple(dict.fromkeys(key for _, _, key in wanted if key not in found))
        if not missing:
            break
        found |= await _ask(engine, each, missing)
    return [KernelView(path, line, key, found.get(key, "")) for path, line, key in wanted]


async def _ask(engine: ManagerEngine, worker: str, keys: tuple[str, ...]) -> dict[str, str]:
    try:
        answer = unpack_message(await engine.ask(worker, "", pack_message(ShowKernels(keys))))
    except WorkerLost:
        return {}
    return answer.texts if isinstance(answer, Kernels) else {}
