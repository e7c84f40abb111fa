"""A child's end of its channel: questions come in, answers go out.

    reader thread   takes each message; answers at once what can be answered at once …
    main thread     … and does the rest, one message after the other

So a child that is busy for minutes still answers questions about how it gets on.
"""

import importlib
import itertools
import os
import queue
import socket
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import cast

from pyfora.errors import InternalError
from ufora.runtime.processes.framing import ANSWER, ASK, ERRAND, FAILED, GIVE_UP, SETTINGS, Frame, pack_frame, wait_for_frame


class ErrandFailed(Exception):  # noqa: N818 - states a fact
    """What the worker was asked to do raised; one line."""


HandleInMain = Callable[[bytes], bytes]
HandleAtOnce = Callable[[bytes], bytes | None]


class Channel:
    """Given to a child's entry point, which calls `serve`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._sending = threading.Lock()
        self._errands: dict[int, Future[bytes]] = {}
        self._numbers = itertools.count()
        first = wait_for_frame(self._stream)
        if first is None:
            os._exit(0)  # the worker died first
        if first.kind != SETTINGS:
            raise InternalError(f"the first frame of a channel has kind {first.kind}")
        self.settings = first.body

    def serve(self, handle_in_main: HandleInMain, handle_at_once: HandleAtOnce | None = None) -> None:
        """Answer until the worker hangs up, which ends the process.

        `handle_at_once` is tried first, in another thread; when it returns None the message is the main thread's."""
        if handle_at_once is None:
            self._serve_alone(handle_in_main)
        else:
            self._serve_beside(handle_in_main, handle_at_once)

    def begin_errand(self, payload: bytes) -> tuple[int, "Future[bytes]"]:
        """Have the worker do something, while this end is served in two threads. Its number, and its answer; that raises ErrandFailed."""
        number, answer = next(self._numbers), Future[bytes]()
        self._errands[number] = answer
        self._send(number, ERRAND, payload)
        return number, answer

    def give_up_errand(self, number: int) -> None:
        """Its answer, if it has none, is cancelled."""
        answer = self._errands.pop(number, None)
        if answer is not None and answer.cancel():
            answer.set_running_or_notify_cancel()  # wakes whoever waits for it
            self._send(number, GIVE_UP, b"")

    def give_up_errands(self) -> None:
        """All that are under way."""
        for number in list(self._errands):
            self.give_up_errand(number)

    def _take_answer(self, frame: Frame) -> None:
        answer = self._errands.pop(frame.number, None)
        if answer is None:  # it was given up
            return
        with suppress(InvalidStateError):
            if frame.kind == ANSWER:
                answer.set_result(frame.body)
            else:
                answer.set_exception(ErrandFailed(frame.body.decode()))

    def _serve_alone(self, handle: HandleInMain) -> None:
        while (frame := wait_for_frame(self._stream)) is not None:
            self._answer(frame, handle)

    def _serve_beside(self, handle_in_main: HandleInMain, handle_at_once: HandleAtOnce) -> None:
        for_main: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        reader = threading.Thread(target=self._read, args=(handle_at_once, for_main), name="channel", daemon=True)
        reader.start()
        while True:
            self._answer(for_main.get(), handle_in_main)

    def _read(self, handle_at_once: HandleAtOnce, for_main: "queue.SimpleQueue[Frame]") -> None:
        try:
            while (frame := wait_for_frame(self._stream)) is not None:
                if frame.kind != ASK:
                    self._take_answer(frame)
                elif not self._answer(frame, handle_at_once):
                    for_main.put(frame)
        finally:
            os._exit(0)  # the main thread may be busy for long; nobody waits for what it does

    def _answer(self, frame: Frame, handle: HandleAtOnce) -> bool:
        """Whether `handle` had an answer."""
        try:
            answer = handle(frame.body)
            kind = ANSWER
        except Exception as error:  # noqa: BLE001 - whoever asked is told; silence would make it wait for ever
            traceback.print_exc()
            answer = "".join(traceback.format_exception(error)).encode()
            kind = FAILED
        if answer is None:
            return False
        self._send(frame.number, kind, answer)
        return True

    def _send(self, number: int, kind: int, body: bytes) -> None:
        with self._sending:
            for piece in pack_frame(number, kind, body):
                self._connection.sendall(piece)


Entry = Callable[[Channel], None]


def find_entry(name: str) -> Entry:
    """The function that "package.module:function" names."""
    return cast(Entry, load(name))


def load(name: str) -> Callable[..., object]:
    module_name, _, function_name = name.partition(":")
    found: Callable[..., object] = getattr(importlib.import_module(module_name), function_name)
    return found
