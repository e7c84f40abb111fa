"""Programs: captured code and values as plain data.

Takes    nothing
Gives    Program and its nodes; Source and its numbered places; the allow list
Imports  pyfora.errors
"""
