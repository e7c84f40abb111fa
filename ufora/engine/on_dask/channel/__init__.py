"""The data channel: results travel between workers, and to drivers, beside the engine's event loop and not through it.

A thread of its own with an event loop of its own answers requests for results on the worker's second port, and asks for those of
others. The reader pulls: it grants the holder a window of pieces at a time, so a reader that stops reading holds at most a window of
the holder's memory, and the engine's limits on transfers stay what bounds them.

    words.py     what travels
    curve.py     CurveKeys      encryption, and who may read
    packing.py   results as parts
    holder.py    Holder         answers requests; listens
    reader.py    Reader         asks holders for results
    channel.py   DataChannel    the thread; both sides for one process
    hook.py      fetch_through  puts it in the place of Dask's own transfer

Weighed and rejected: a whole communication backend of Dask's on ZeroMQ (data overtakes its handshake; its high-water mark counts messages,
not bytes), one push per request (a slow reader makes the holder grow), copies of what is sent (they take time and memory).

Takes    addresses; a function that reads results by key
Gives    results by key, or OSError
Imports  ufora.engine.seldom, pyfora.hosts, pyfora.errors
"""

from ufora.engine.on_dask.channel.channel import DataChannel
from ufora.engine.on_dask.channel.curve import CurveKeys, make_curve_keys
from ufora.engine.on_dask.channel.hook import fetch_through, find_data_address

__all__ = ["CurveKeys", "DataChannel", "fetch_through", "find_data_address", "make_curve_keys"]
