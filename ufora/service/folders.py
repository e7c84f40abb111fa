"""The folders that daemons write to."""

import os
import tempfile
from pathlib import Path

from pyfora.errors import ConfigurationError


def settle_folder(name: str, folder: str, make: bool) -> str:
    """The full path of a folder that can be written; `name` is that of its setting.

    Made for this user only if it is missing: what lies there is trusted when read. Without `make` nothing is touched: whoever only checks
    the settings may be another user, and the folder would be theirs."""
    try:
        if make:
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        else:
            _check_makeable(Path(folder))
    except OSError as error:
        raise ConfigurationError(f"{name}: {folder} cannot be written ({error.strerror}): name another folder") from None
    return str(Path(folder).resolve())


def _check_makeable(folder: Path) -> None:
    """That it can be written, or made. Raises OSError."""
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(0, "Not a directory")
    if not os.access(folder, os.W_OK):
        raise PermissionError(0, "Permission denied")
