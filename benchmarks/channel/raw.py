"""`python -m benchmarks.channel.raw`: sends what it is asked for through a bare TCP connection. `Raw` is the other end."""

import socket
import struct
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

import numpy

from benchmarks.machine import touch_memory

HOST = "127.0.0.1"
ASKED = struct.Struct("<QQ")  #: arrays, bytes of each


class Raw:
    """Takes arrays from another process as fast as sockets give them."""

    def __enter__(self) -> Self:
        with socket.create_server((HOST, 0)) as listener:
            command = [sys.executable, "-m", "benchmarks.channel.raw", str(listener.getsockname()[1])]
            self._sender = subprocess.Popen(command)
            self._connection, _ = listener.accept()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()
        self._sender.wait()

    def run(self, count: int, nbytes: int) -> float:
        """Seconds."""
        taken = []
        self._connection.sendall(ASKED.pack(count, nbytes))
        self._connection.recv(1)  # all are made
        touch_memory(count * nbytes)
        began = time.perf_counter()
        self._connection.sendall(b"!")
        for _ in range(count):
            taken.append(numpy.empty(nbytes, numpy.uint8))
            view = taken[-1].data
            while view:
                view = view[self._connection.recv_into(view) :]
        return time.perf_counter() - began


def send(port: int) -> None:
    with socket.create_connection((HOST, port)) as connection:
        while asked := connection.recv(ASKED.size):
            count, nbytes = ASKED.unpack(asked)
            made = [numpy.ones(nbytes, numpy.uint8) for _ in range(count)]
            connection.sendall(b"!")
            connection.recv(1)
            for each in made:
                connection.sendall(each.data)


if __name__ == "__main__":
    send(int(sys.argv[1]))
