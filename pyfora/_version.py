"""The one place that says which release this is; `pyfora.__version__`, `ufora.__version__` and the package take it from here."""

__version__ = "0.1.0"
