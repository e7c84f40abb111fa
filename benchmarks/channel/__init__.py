"""The data channel against what it replaces: `python -m benchmarks.channel`.

    worker.py    a worker of the engine, which makes and takes arrays; with the data channel or with Dask's own transfer
    exchange.py  Exchange   two of them and their manager: what takes how long
    raw.py       the same bytes through a bare TCP connection

All ways run in turn, on the same machine, in the same minute: their ratios are what counts.
"""
