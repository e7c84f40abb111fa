"""The executor: blocks, futures and proxies over HTTP and Socket.IO.

Takes    the user's with-blocks and calls
Gives    results, RemotePythonObject, futures
Imports  pyfora.capture, pyfora.restore, pyfora.wire, pyfora.program, pyfora.report, pyfora.neighbours, pyfora.hosts, pyfora.errors
"""
