"""Guarded code: the user's code, rewritten so that CPython runs it under our rules.

Takes    a syntax tree with numbered places
Gives    a syntax tree that calls the runtime where work can be cut; the registry of what was made from which source
Imports  pyfora.program, pyfora.capture, pyfora.errors
"""
