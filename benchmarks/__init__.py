"""Programs on a private cluster, side by side with their peers, in one run.

    python -m benchmarks [name[=size] …] [--repeat N] [--quick] [--limit SECONDS] [--write FILE]

    __main__ ──► one process a case (one_case.py) ──► lines of JSON ──► table ──► terminal, RESULTS.md
                   cases/*.py ──► rows of ways to compute one thing ──► measure: interleaved, checked

A *case* is one program. A *row* is the program at one size. A *way* is one who computes it: ufora, CPython, hand-written numba, C with
OpenMP, and those who share a program out to processes (teams.py): `multiprocessing.Pool`, Dask, Ray. The ways of a row take turns, one at a
time; every answer is checked; figures are medians. What must be reached is data of the ways (targets.py). Large rows stand beside those who
compile, small ones beside those who compute in CPython.

Takes    names of cases
Gives    a table
Imports  pyfora
"""
