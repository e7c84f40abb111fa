"""The children of a worker process: drivers and interpreters, forked from a warm nursery.

    worker process (event loop, compute threads)
      └─ nursery        single-threaded, everything imported and warmed up, forks on request
           ├─ driver        one per session: talks with `DriverHost`
           ├─ driver        … and one spare, ready for the next session
           └─ interpreter   one per slot: talks with `InterpreterPool`

Each child holds a socket to the worker (its channel) and the read end of a pipe (its lifeline): see `lifeline.py`.

Takes    entry points by name, bytes
Gives    bytes
Imports  ufora.engine.contract, pyfora.errors
"""
