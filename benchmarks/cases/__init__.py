"""The programs. Each module has `rows(stage)`: the program at its sizes, by all who can do it; peers' code stands beside it.

A function named `…_remotely` is what a user of ufora writes, `…_here` what one of CPython does, `…_piece` what a process of
Pool, Dask or Ray is given.
"""
