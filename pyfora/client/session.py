"""A client's session on the manager: computations go out, their ends come back, whatever happens to the connection.

A cut of the event connection is mended by asking for the state of all that is waited for. A manager that does not know the session
(it was restarted) gets a new one: every Program whose values or result are still needed is sent again, in order, under its old name.
"""

import itertools
import json
import logging
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence

from pyfora import errors
from pyfora.client.body import KEEP_BYTES, Body
from pyfora.client.lineage import Lineage
from pyfora.client.owner import say_owner
from pyfora.client.pending import Pending, Told, Watch
from pyfora.client.releases import Releases, Value
from pyfora.client.transport import CutOff, Event, Refused, Transport
from pyfora.errors import ComputationCancelled, PyforaError
from pyfora.report.progress import Progress
from pyfora.wire import Arrival

log = logging.getLogger("pyfora")

NO_WORKER_SECONDS = 3.0  # before the user is told that nothing will happen without a worker


class Session:
    def __init__(self, transport: Transport, timeout: float) -> None:
        self.address = transport.address
        self.worker_count = 0
        self._transport = transport
        self._timeout = timeout
        self._most_bytes = 0  # of a Program, for this manager
        self._name = ""
        self._renewing = threading.RLock()  # held while a session is made; taken before _lock
        self._lock = threading.Lock()  # for the fields below
        self._pendings: dict[str, Pending] = {}
        self._lineages: weakref.WeakValueDictionary[str, Lineage] = weakref.WeakValueDictionary()
        self._patience: threading.Timer | None = None  # runs while the manager is away
        self._numbers = itertools.count(1)
        self._counted = threading.Event()
        self._warned = False
        self.releases: Releases

    def open(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._name = self._make()
        handlers = {"computation": self._take_computation, "workers": self._take_workers}
        self._transport.open_socket(self._find, self._take_connect, self._lose_touch, handlers)
        self.releases = Releases(self._drop)
        if not self._counted.wait(self._timeout):
            raise errors.ConnectionError(
                f"the manager at {self.address} accepted the connection and then said nothing for {self._timeout:g} seconds"
            )

    def make_lineage(self, query: Mapping[str, object], body: Body | None, uses: Sequence[Lineage]) -> Lineage:
        if body is not None and body.nbytes > self._most_bytes:
            most = f"{self._most_bytes:,} bytes"
            raise PyforaError(f"the block and all it uses are {body.nbytes:,} bytes; the manager at {self.address} takes {most} at once")
        lineage = Lineage(next(self._numbers), query, body, tuple(uses))
        with self._lock:
            self._lineages[lineage.name] = lineage
        self.releases.watch_lineage(lineage)
        return lineage

    def find_lineage(self, name: str) -> Lineage | None:
        with self._lock:
            return self._lineages.get(name)

    def start(self, pending: Pending, wait_seconds: float = 0.0) -> None:
        """Send it off. What goes wrong is told by its end.

        `wait_seconds`: stay here so long at most when it is its turn at once; what is over by then costs no event."""
        with self._lock:
            self._pendings[pending.name] = pending
        if any(used.is_lost for used in pending.lineage.uses):
            pending.end(self._explain_loss())
            return
        self._warn_without_workers()
        pending.times.began = pending.times.sent = time.perf_counter()
        wait = {"wait": round(1000 * min(wait_seconds, self._timeout / 2))} if wait_seconds else {}
        self._send(pending.lineage, {**pending.lineage.query, **wait}, pending.times.note_sent)

    def wait_for_result(self, pending: Pending, watch: Watch | None = None) -> bytes | Arrival:
        """Its result; `watch` is called now and then meanwhile, as by Pending.wait.

        Raises ComputationCancelled, errors.ConnectionError, or PyforaError when it could not be computed."""
        while True:
            told = pending.wait(watch)
            if told.state == "cancelled":
                raise ComputationCancelled("the computation was cancelled")
            if told.state == "failed":
                raise PyforaError(f"the cluster could not compute this: {told.problem}")
            if told.result is not None:
                return told.result
            try:
                return self._transport.read_result(f"{self._path(pending.lineage)}/result", told.nbytes)
            except (CutOff, Refused) as error:
                log.info("the result of %s did not arrive whole (%s): asking again", pending.name, error)
                pending.reset()
                self._ask_state(pending)

    def settle(self, pending: Pending) -> None:
        """Its result has been taken, or nobody wants it any more."""
        with self._lock:
            self._pendings.pop(pending.name, None)
        pending.held = ()
        body = pending.lineage.body
        if body is not None and body.nbytes > KEEP_BYTES:
            pending.lineage.body = None

    def cancel(self, pending: Pending) -> None:
        self.settle(pending)
        try:
            self._transport.ask("POST", f"{self._path(pending.lineage)}/cancel")
        except (CutOff, Refused) as error:
            log.info("%s could not be cancelled: %s", pending.name, error)

    def put_checkpoint(self, lineage: Lineage, body: Body) -> None:
        """From now on the manager makes its values with this Program. Raises CutOff, Refused."""
        self._transport.ask("PUT", f"/api/v1/sessions/{self._name}/checkpoints/{lineage.name}", None, body)

    def close(self) -> None:
        self.releases.close()
        with self._lock:
            pendings, self._pendings = list(self._pendings.values()), {}
            if self._patience is not None:
                self._patience.cancel()
        for pending in pendings:
            pending.end(ComputationCancelled("the executor was closed"))
        try:
            self._transport.ask("DELETE", f"/api/v1/sessions/{self._name}")
        except (CutOff, Refused) as error:
            log.info("the session could not be ended: %s", error)
        self._transport.close()

    def _path(self, lineage: Lineage) -> str:
        return f"/api/v1/sessions/{self._name}/computations/{lineage.name}"

    def _make(self) -> str:
        asked = json.dumps({"owner": say_owner()})
        return str(self._transport.ask("POST", "/api/v1/sessions", body=asked.encode())["session"])

    def _find(self) -> str:
        """The session's name, known to the manager if it can be reached. Raises CutOff."""
        with self._renewing:
            try:
                self._transport.ask("GET", f"/api/v1/sessions/{self._name}")
            except Refused:
                self._renew(self._name)
            return self._name

    def _renew(self, stale: str) -> None:
        """Make a new session with all that the old one had."""
        with self._renewing:
            if self._name != stale:
                return
            log.warning("the manager at %s no longer knows this session: sending what is needed again", self.address)
            try:
                self._name = self._make()
            except (CutOff, Refused) as error:
                self._lose_touch(str(error))
                return
            with self._lock:
                lineages = sorted(self._lineages.values(), key=lambda lineage: lineage.number)
                waited_for = set(self._pendings)
            for lineage in lineages:
                is_gone = lineage.target == "computations" and lineage.body is None
                lineage.is_lost = is_gone or any(used.is_lost for used in lineage.uses)
                if lineage.is_lost:
                    self._end(lineage.name, self._explain_loss())
                elif lineage.name in waited_for:
                    self._send(lineage, lineage.query)
                elif lineage.body is not None:
                    self._send(lineage, {"want": "remote"})
        self._transport.join(self._name, lambda joined: self._take_connect())

    def _explain_loss(self) -> PyforaError:
        return PyforaError(
            f"a value of an earlier block is gone: the manager at {self.address} was restarted, and that block brought more than "
            f"{KEEP_BYTES // 2**20} MiB along, which are not kept here to be sent again: run it again"
        )

    def _send(self, lineage: Lineage, query: Mapping[str, object], on_sent: Callable[[], None] = lambda: None) -> None:
        session = self._name
        path = f"/api/v1/sessions/{session}/{lineage.target}/{lineage.name}"
        try:
            self._take_answer(self._transport.ask("PUT", path, query, lineage.body, on_sent))
        except CutOff as error:
            self._lose_touch(str(error))
        except Refused as error:
            if error.status == 404:
                self._renew(session)
            else:
                self._end(lineage.name, PyforaError(f"the manager at {self.address} refused this: {error}"))

    def _ask_state(self, pending: Pending) -> None:
        """Its end may have been told while nobody listened."""
        try:
            self._take_computation(self._transport.ask("GET", self._path(pending.lineage)))
        except CutOff as error:
            self._lose_touch(str(error))
        except Refused:
            self._send(pending.lineage, pending.lineage.query)

    def _take_answer(self, event: Event) -> None:
        """As an event. What ended at once may have a large result, for which nobody waits here."""
        told = Told.find(event)
        if told is None or told.result is not None:
            self._take_computation(event)
        else:
            threading.Thread(target=self._take_computation, args=[event], name="pyfora-end", daemon=True).start()

    def _take_computation(self, event: Event) -> None:
        told = Told.find(event)
        if told is not None:
            self._end(event["id"], told)
        elif "progress" in event:
            with self._lock:
                pending = self._pendings.get(event["id"])
            if pending is not None:
                pending.take_progress(Progress.from_plain(event["progress"]))

    def _end(self, name: str, told: Told | PyforaError) -> None:
        with self._lock:
            pending = self._pendings.get(name)
        if pending is not None:
            pending.end(told)

    def _take_workers(self, event: Event) -> None:
        self.worker_count = event["count"]
        self._counted.set()

    def _take_connect(self) -> None:
        with self._lock:
            patience, self._patience = self._patience, None
            is_needed = bool(self._pendings)
        if patience is not None:
            patience.cancel()
        if is_needed:
            threading.Thread(target=self._mend, name="pyfora-reconnect", daemon=True).start()

    def _mend(self) -> None:
        """Learn what became of all that is waited for while nobody listened; send what the manager does not have."""
        name = self._name
        try:
            answer = self._transport.ask("GET", f"/api/v1/sessions/{name}")
        except CutOff as error:
            return self._lose_touch(str(error))
        except Refused:
            return self._renew(name)
        events = {event["id"]: event for event in answer["computations"]}
        with self._lock:
            pendings = list(self._pendings.values())
        for pending in pendings:
            if pending.name not in events:
                self._send(pending.lineage, pending.lineage.query)
            elif Told.find(events[pending.name]):  # a thread of its own: what follows an end may be the user's code
                threading.Thread(target=self._take_computation, args=[events[pending.name]], name="pyfora-end", daemon=True).start()
        return None

    def _lose_touch(self, reason: str = "") -> None:
        """The manager is away: what is waited for fails, unless it is back in time."""
        with self._lock:
            if self._patience is None:
                self._patience = threading.Timer(self._timeout, self._give_up, [reason])
                self._patience.daemon = True
                self._patience.start()

    def _give_up(self, reason: str) -> None:
        with self._lock:
            pendings, self._pendings = list(self._pendings.values()), {}
            self._patience = None
        because = f" ({reason})" if reason else ""
        for pending in pendings:
            pending.end(
                errors.ConnectionError(
                    f"the manager at {self.address} went away and did not come back for {self._timeout:g} seconds{because}"
                )
            )

    def _drop(self, values: list[Value], computations: list[str]) -> None:
        asked = json.dumps({"values": values, "computations": computations})
        self._transport.ask("POST", f"/api/v1/sessions/{self._name}/drop", body=asked.encode())

    def _warn_without_workers(self) -> None:
        if self.worker_count == 0 and not self._warned:
            self._warned = True
            timer = threading.Timer(NO_WORKER_SECONDS, self._warn_if_no_worker)
            timer.daemon = True
            timer.start()

    def _warn_if_no_worker(self) -> None:
        if self.worker_count == 0:
            log.warning("no worker has joined the cluster at %s yet: computations wait until one does", self.address)
