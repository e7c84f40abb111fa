"""Machine code from loops: the compiled tier.

Takes    spec.Loop: a comprehension, its consumer, and the types of all it uses
Gives    Kernel or NotCompiled; kept machine code
Imports  ufora.numerics, pyfora.program, pyfora.errors
"""
