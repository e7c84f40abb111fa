"""`python -m ufora` is the command `ufora`."""

from ufora.service.cli import run_ufora

if __name__ == "__main__":
    raise SystemExit(run_ufora())
