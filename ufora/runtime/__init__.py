"""Evaluating blocks: drivers, guarded code, slices, chunked lists.

Takes    pyfora.program.Program
Gives    Outcome, streams of results
Imports  ufora.compile, ufora.engine, ufora.numerics, ufora.protocol,
         pyfora.program, pyfora.capture, pyfora.restore, pyfora.wire, pyfora.errors
"""
