"""Programs from live Python: code found as source, values as nodes.

Takes    a with-block's frame, functions, classes, values
Gives    pyfora.program.Program
Imports  pyfora.program, pyfora.errors
"""
