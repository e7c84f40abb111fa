"""Ships ordinary Python to a cluster and brings the answer home."""

from pyfora._version import __version__

__all__ = ["__version__"]
