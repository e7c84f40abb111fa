"""The order in which a session's computations start.

A driver evaluates one Program at a time, in the order the client asked; one that must run again keeps its place, before all that
may need its values. Values are fetched beside that, as soon as the computation that makes them is done.
"""

import heapq
from collections.abc import Mapping

from ufora.gateway.computation import UNDER_WAY, Computation, State, ValueOf
from ufora.gateway.spool import StoredProgram


class Line:
    def __init__(self, computations: Mapping[str, Computation]) -> None:
        self._computations = computations  # all of the session, by id
        self._places: dict[str, int] = {}
        self._waiting: list[int] = []  # places; a heap, may hold some that wait no more
        self._evaluations: dict[int, Computation] = {}  # by place
        self._fetches: dict[str, Computation] = {}
        self._next_place = 0
        self._evaluating: Computation | None = None

    def add(self, computation: Computation) -> None:
        """It waits, for the first time or again."""
        if isinstance(computation.work, ValueOf):
            self._fetches[computation.id] = computation
            return
        if computation.id not in self._places:
            self._places[computation.id] = self._next_place
            self._evaluations[self._next_place] = computation
            self._next_place += 1
        heapq.heappush(self._waiting, self._places[computation.id])

    def leave(self, computation: Computation) -> None:
        """It is gone."""
        place = self._places.pop(computation.id, None)
        if place is not None:
            del self._evaluations[place]
        self._fetches.pop(computation.id, None)

    @property
    def is_idle(self) -> bool:
        """No evaluation runs or waits."""
        return not self._waiting and not (self._evaluating is not None and self._evaluating.state in UNDER_WAY)

    def is_next(self, computation: Computation) -> bool:
        """Whether nothing is to be done before it, or it is under way."""
        if isinstance(computation.work, ValueOf):
            return self._is_settled(computation)
        if self._evaluating is not None and self._evaluating.state in UNDER_WAY:
            return self._evaluating is computation
        return self._find_first() is computation

    def take_startable_nowait(self) -> list[Computation]:
        """What is to be started now, given a worker; empty when nothing is."""
        evaluation = self._take_evaluation()
        fetches = [fetch for fetch in self._fetches.values() if fetch.state is State.WAITING and self._is_settled(fetch)]
        for fetch in fetches:
            del self._fetches[fetch.id]
        return ([evaluation] if evaluation else []) + fetches

    def _take_evaluation(self) -> Computation | None:
        if self._evaluating is not None and self._evaluating.state in UNDER_WAY:
            return None
        self._evaluating = self._find_first()
        if self._evaluating is not None:
            heapq.heappop(self._waiting)
        return self._evaluating

    def _find_first(self) -> Computation | None:
        """The first that waits."""
        while self._waiting:
            computation = self._evaluations.get(self._waiting[0])
            if computation is not None and computation.state is State.WAITING:
                return computation
            heapq.heappop(self._waiting)
        return None

    def _is_settled(self, fetch: Computation) -> bool:
        """Whether the value it asks for is there, or will never be."""
        assert isinstance(fetch.work, ValueOf)
        source = self._computations.get(fetch.work.computation)
        return source is None or not (isinstance(source.work, StoredProgram) and source.state in UNDER_WAY | {State.WAITING})
