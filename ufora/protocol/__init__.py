"""What manager and driver say to each other.

Takes    nothing
Gives    the messages of messages.py and their bytes
Imports  pyfora.errors, pyfora.report
"""
