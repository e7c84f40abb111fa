"""The cluster: everything that runs on managers and workers."""

from pyfora._version import __version__

__all__ = ["__version__"]
