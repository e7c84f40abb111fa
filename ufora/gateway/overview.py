"""The cluster as the views show it, made from what the gateway knows at the moment."""

import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

from pyfora.report.explanation import Explanation
from ufora.gateway.computation import UNDER_WAY, State
from ufora.gateway.journal import Journal
from ufora.gateway.members import Member, Members
from ufora.gateway.records import Record, Records
from ufora.gateway.sessions import Sessions
from ufora.gateway.views import (
    ComputationView,
    DeoptimisationView,
    ExplanationView,
    LineView,
    LogLineView,
    ProgressView,
    SpanView,
    StatusView,
    WorkerView,
)

MOST_SHOWN = 200  # computations on the page; guessed: what people look through
SILENT_SECONDS = 5  # a worker that speaks twice a second and has not for so long is shown as silent


@dataclass(frozen=True, slots=True)
class Overview:
    version: str
    started: float  #: seconds since 1970, UTC
    needs_token: bool
    is_open: bool
    members: Members
    records: Records
    sessions: Sessions
    journal: Journal
    clock: Callable[[], float] = time.time

    def status(self) -> StatusView:
        members = self.members.list_members()
        pulses = [member.pulse for member in members if member.pulse is not None]
        return StatusView(
            version=self.version,
            python=platform.python_version(),
            now=self.clock(),
            started=self.started,
            needs_token=self.needs_token,
            is_open=self.is_open,
            workers=len(members),
            cores=sum(member.facts.threads for member in members),
            cores_busy=sum(pulse.cores_busy for pulse in pulses),
            memory_bytes=sum(member.facts.memory_bytes for member in members),
            memory_used_bytes=sum(pulse.memory_bytes for pulse in pulses),
            sessions=len(self.sessions),
            waiting=self.records.count(State.WAITING),
            running=self.records.count(State.RUNNING) + self.records.count(State.STOPPING),
        )

    def workers(self) -> list[WorkerView]:
        return [self.worker(member) for member in sorted(self.members.list_members(), key=lambda member: member.facts.address)]

    def worker(self, member: Member) -> WorkerView:
        facts, pulse = member.facts, member.pulse
        return WorkerView(
            id=facts.id,
            address=facts.address,
            state=self._say_state(member),
            cores=facts.threads,
            cores_busy=pulse.cores_busy if pulse else None,
            memory_bytes=facts.memory_bytes,
            memory_used_bytes=pulse.memory_bytes if pulse else None,
            version=facts.version,
            python=pulse.python if pulse else None,
            cpu=facts.cpu,
            joined=member.joined,
            heard=member.heard,
            sessions=self.sessions.count_on(facts.id),
        )

    def _say_state(self, member: Member) -> Literal["working", "silent", "draining"]:
        if self.clock() - member.heard > SILENT_SECONDS:
            return "silent"
        return "draining" if member.is_leaving else "working"

    def computations(self, most: int, state: str | None = None) -> list[ComputationView]:
        """Newest first, of one state or of all; at most so many."""
        found = [record for record in self.records.list_records() if state is None or record.state.value == state]
        return [describe(record) for record in found[:most]]

    def shown_computations(self) -> list[ComputationView]:
        """For the page: the newest, and whatever runs."""
        records = self.records.list_records()
        older = [record for record in records[MOST_SHOWN:] if record.state in UNDER_WAY]
        return [describe(record) for record in [*records[:MOST_SHOWN], *older[:MOST_SHOWN]]]

    def spans(self, after: int = 0) -> list[SpanView]:
        return [SpanView(**asdict(span)) for span in self.members.read_spans(after)]

    def lines(self, after: int, most: int) -> list[LogLineView]:
        return [LogLineView(line.number, line.source, line.text) for line in self.journal.read(after, most)]


def describe(record: Record) -> ComputationView:
    explanation, progress = record.explanation, record.progress
    lines = explanation.lines if explanation else ()
    return ComputationView(
        id=record.id,
        kind="block" if record.kind == "block" else "fetch",
        owner=record.owner,
        source=record.source,
        state=record.state.value,  # type: ignore[arg-type]  # a record's state is one of those that are shown
        raised=record.raised,
        problem=record.problem,
        worker=record.worker,
        created=record.created,
        started=record.started,
        ended=record.ended,
        losses=record.losses,
        result_bytes=record.result_bytes,
        progress=ProgressView(**progress.as_plain()) if progress else None,
        slices=sum(line.slices for line in lines),
        compiled=sum(line.compiled for line in lines),
        interpreted=sum(line.interpreted for line in lines),
        deoptimisations=sum(line.deopts for line in lines),
        seconds=dict(explanation.seconds) if explanation else {},
        core_seconds=explanation.core_seconds if explanation else 0.0,
        advice=explanation.advice if explanation else "",
    )


def view_explanation(computation: str, told: Explanation) -> ExplanationView:
    lines = [
        LineView(
            line.path,
            line.line,
            line.text,
            line.times,
            line.seconds,
            line.compiled,
            line.interpreted,
            line.slices,
            line.tier,  # type: ignore[arg-type]  # one of the three
            line.why_interpreted,
            line.why_not_cut,
            [DeoptimisationView(**asdict(each)) for each in line.deoptimisations],
            list(line.kernels),
        )
        for line in told.lines
    ]
    return ExplanationView(computation, str(told), told.advice, dict(told.seconds), told.core_seconds, told.cores, lines)
