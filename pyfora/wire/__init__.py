"""Programs as bytes, and back.

Takes    pyfora.program.Program
Gives    pieces of bytes, a hash; a checked Program
Imports  pyfora.program, pyfora.errors
"""

from pyfora.wire.arrival import Arrival
from pyfora.wire.decode import decode_outline, decode_program
from pyfora.wire.encode import encode_program, hash_of, program_bytes, program_size

__all__ = ["Arrival", "decode_outline", "decode_program", "encode_program", "hash_of", "program_bytes", "program_size"]
