"""The manager's HTTP and Socket.IO side: sessions and computations.

Takes    Programs from clients
Gives    results and events; the status page and its API
Imports  ufora.engine, ufora.protocol, pyfora.program, pyfora.report, pyfora.wire, pyfora.hosts, pyfora.errors
"""

from ufora.gateway.gateway import Gateway, open_gateway
from ufora.gateway.journal import Journal
from ufora.gateway.limits import Limits
from ufora.gateway.sockets import Pings

__all__ = ["Gateway", "Journal", "Limits", "Pings", "open_gateway"]
