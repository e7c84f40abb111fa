"""Figures for Prometheus. Every name begins with ufora_ and ends with its unit; nothing is labelled by computation, worker or user."""

import platform
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from ufora.gateway.computation import State
from ufora.gateway.overview import Overview
from ufora.gateway.records import Record
from ufora.protocol.pulse import TIERS

CONTENT_TYPE = CONTENT_TYPE_LATEST
BUCKETS = (0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1800, 7200)  # seconds; a warm empty block takes 6 ms
OUTCOMES = ("done", "raised", "failed", "cancelled")


class Metrics:
    """Hears of each computation that ends (`count_end`), and reads the rest when asked."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter that says when it began; the manager's start says it
        self._registry = CollectorRegistry()
        self._ended = Counter("ufora_computations_total", "computations that ended", ["outcome"], registry=self._registry)
        self._ran = Histogram("ufora_computation_run_seconds", "from start to end", buckets=BUCKETS, registry=self._registry)
        self._waited = Histogram("ufora_computation_wait_seconds", "from arrival to start", buckets=BUCKETS, registry=self._registry)
        self._results = Counter("ufora_result_bytes_total", "results made", registry=self._registry)
        for outcome in OUTCOMES:
            self._ended.labels(outcome)

    def count_end(self, record: Record) -> None:
        self._ended.labels("raised" if record.raised and record.state is State.DONE else record.state.value).inc()
        self._results.inc(record.result_bytes or 0)
        if record.started is not None and record.ended is not None:
            self._waited.observe(record.started - record.created)
            self._ran.observe(record.ended - record.started)

    def watch(self, overview: Overview) -> None:
        self._registry.register(_Now(overview))

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Now(Collector):
    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    def collect(self) -> Iterator[Metric]:
        overview = self._overview
        status = overview.status()
        info = GaugeMetricFamily("ufora_build_info", "always 1; the labels tell", labels=["version", "python"])
        info.add_metric([status.version, platform.python_version()], 1)
        yield info
        yield GaugeMetricFamily("ufora_manager_start_time_seconds", "since 1970", status.started)
        yield GaugeMetricFamily("ufora_workers", "workers in the cluster", status.workers)
        yield GaugeMetricFamily("ufora_cores", "cores of all workers", status.cores)
        yield GaugeMetricFamily("ufora_cores_busy", "processor time that workers take, in cores", status.cores_busy)
        yield GaugeMetricFamily("ufora_memory_limit_bytes", "most that all workers may use", status.memory_bytes)
        yield GaugeMetricFamily("ufora_memory_used_bytes", "resident memory of all workers", status.memory_used_bytes)
        yield GaugeMetricFamily("ufora_sessions", "open sessions", status.sessions)
        current = GaugeMetricFamily("ufora_computations_current", "computations now", labels=["state"])
        current.add_metric(["waiting"], status.waiting)
        current.add_metric(["running"], status.running)
        yield current
        yield from self._collect_totals()

    def _collect_totals(self) -> Iterator[Metric]:
        overview = self._overview
        yield CounterMetricFamily("ufora_workers_joined", "workers that joined", overview.members.joined_total)
        yield CounterMetricFamily("ufora_workers_left", "workers that left or were lost", overview.members.lost_total)
        yield CounterMetricFamily("ufora_program_bytes", "programs received", overview.records.program_bytes)
        slices = CounterMetricFamily("ufora_slices", "slices computed", labels=["tier"])
        seconds = CounterMetricFamily("ufora_slice_seconds", "time that cores were busy with slices", labels=["tier"])
        for tier in TIERS:
            slices.add_metric([tier], overview.members.slices[tier])
            seconds.add_metric([tier], overview.members.seconds[tier])
        yield slices
        yield seconds
