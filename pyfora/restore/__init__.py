"""Live Python from Programs.

Takes    pyfora.program.Program and an Environment that says what names mean here
Gives    values, functions, classes
Imports  pyfora.program, pyfora.errors
"""

from pyfora.restore.restorer import Restorer

__all__ = ["Restorer"]
