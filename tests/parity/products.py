"""The product in the forms that programs are run on: in this process, in each tier and cut each way; and as clusters."""

import contextlib
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Protocol
from unittest import mock

import pyfora
from tests.clusters import PrivateCluster
from tests.parity.coverage import Tiers
from tests.parity.same import Seen, bits, bits_of_error
from tests.ufora.runtime.here import Here
from ufora.runtime import consumers
from ufora.runtime.policy import When

SLICES = (1, 2, 7, 100)
TWINS_SLICES = 7
OWN_SLICES = (2, 7)


class Product(Protocol):
    def see(self, program: FunctionType) -> Seen: ...


@dataclass(frozen=True, slots=True)
class InProcess:
    """A real driver, machines and interpreter, without sockets: one tier, every comprehension in exactly so many slices."""

    compile: When
    slices: int
    here: Here
    twins: bool = False  #: are they computed by copies of the driver?
    own: bool = False  #: are some of them computed in the driver's process?

    def __str__(self) -> str:
        where = " by twins" if self.twins else " on own cores" if self.own else ""
        return f"compile={self.compile.value}, {self.slices} slices{where}"

    def see(self, program: FunctionType) -> Seen:
        answer = self.here.run(program)
        return Seen(answer.bits, answer.printed, Tiers.from_explanation(answer.explanation) if self.compile is When.ALWAYS else None)


@dataclass(frozen=True, slots=True)
class OnCluster:
    """Through HTTP, a manager, a worker and its processes."""

    executor: pyfora.Executor

    def see(self, program: FunctionType) -> Seen:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                answer = bits(self.executor.submit(program).result(60).toLocal().result(60))
            except pyfora.ComputationError as error:
                answer = bits_of_error(error.remoteException)
        return Seen(answer, printed.getvalue())


@contextmanager
def open_in_process(cache: Path) -> Iterator[list[Product]]:
    with contextlib.ExitStack() as stack:
        # Lists that machine code makes stay arrays however short they are; else few of the programs would have any.
        stack.enter_context(mock.patch.object(consumers, "LONG", 1))
        products: list[Product] = []
        for compile in (When.NEVER, When.ALWAYS):  # noqa: A001 - the setting's name
            for slices in SLICES:
                own = compile is When.ALWAYS and slices in OWN_SLICES
                here = Here(compile, slices=slices, cache=str(cache), own=own)
                stack.callback(here.close)
                products.append(InProcess(compile, slices, here, own=own))
        here = Here(When.NEVER, slices=TWINS_SLICES, twins=True)
        stack.callback(here.close)
        products.append(InProcess(When.NEVER, TWINS_SLICES, here, twins=True))
        yield products


@contextmanager
def open_cluster(folder: Path, settings: dict[str, str]) -> Iterator[list[Product]]:
    with PrivateCluster(folder, settings) as cluster, pyfora.connect(cluster.url) as executor:
        yield [OnCluster(executor)]


def open_form(form: str, folder: Path) -> AbstractContextManager[list[Product]]:
    """The products that one run of every test goes through."""
    match form:
        case "in one process":
            return open_in_process(folder)
        case "on a cluster":
            return open_cluster(folder, {})
    return open_cluster(folder, {"UFORA_WORKER_COMPILE": "always", "UFORA_WORKER_SLICES": "7"})
