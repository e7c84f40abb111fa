from pathlib import Path

import pytest

from pyfora.errors import ConfigurationError
from ufora.service.folders import settle_folder


def test_a_missing_folder_is_made_for_this_user_only(tmp_path: Path) -> None:
    assert settle_folder("spool.dir", str(tmp_path / "a" / "b"), make=True) == str(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_only_checked_it_stays_missing(tmp_path: Path) -> None:
    assert settle_folder("spool.dir", str(tmp_path / "a" / "b"), make=False) == str(tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("make", [False, True])
def test_one_below_a_file_is_refused(tmp_path: Path, make: bool) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"^spool\.dir: \S+ cannot be written \(Not a directory\): name another folder$"):
        settle_folder("spool.dir", str(tmp_path / "file" / "x"), make)
