"""The processes: configuration, command line, supervision.

Takes    /etc/ufora, environment, command line
Gives    running managers and workers
Imports  ufora.engine, ufora.gateway, ufora.runtime, ufora.compile, pyfora.neighbours, pyfora.program, pyfora.report,
         pyfora.wire, pyfora.hosts, pyfora.errors
"""
