"""Programs on a private cluster, side by side with their peers, in one run.

    python -m benchmarks [names] [--repeat N] [--quick] [--write FILE]

    cases/*.py ──► rows of ways to compute one thing ──► measure: interleaved, checked ──► table ──► terminal, RESULTS.md

A *case* is one program. A *row* is the program at one size. A *way* is one who computes it: ufora, CPython, hand-written numba, C with
OpenMP. The ways of a row take turns, one at a time; every answer is checked; figures are medians.

Takes    names of cases
Gives    a table
Imports  pyfora
"""
