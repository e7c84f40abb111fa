"""Programs as bytes, and back.

Takes    pyfora.program.Program
Gives    pieces of bytes, a hash; a checked Program
Imports  pyfora.program, pyfora.errors
"""
