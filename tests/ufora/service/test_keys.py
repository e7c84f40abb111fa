import ssl
import stat
from pathlib import Path

import pytest

from pyfora.errors import ConfigurationError
from ufora.service.keys import make_keys
from ufora.service.pem import check_cluster_key, make_tls
from ufora.service.tokens import Tokens


def test_keys_are_made_that_the_daemons_take(tmp_path):
    cluster, tokens = make_keys(tmp_path, ["anna", "batch"])
    check_cluster_key(str(cluster))
    assert isinstance(make_tls(str(cluster), ""), ssl.SSLContext)
    names_and_tokens = [line.split() for line in tokens.read_text().splitlines()]
    assert [name for name, _ in names_and_tokens] == ["anna", "batch"]
    assert all(Tokens(tokens).admits(token) for _, token in names_and_tokens)


def test_only_their_owner_can_read_them(tmp_path):
    for path in make_keys(tmp_path, ["anna"]):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_two_clusters_have_the_same(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = make_keys(tmp_path / "one", ["anna"]), make_keys(tmp_path / "two", ["anna"])
    assert all(first.read_bytes() != second.read_bytes() for first, second in zip(one, two, strict=True))


def test_keys_that_are_there_are_not_overwritten(tmp_path):
    cluster, _ = make_keys(tmp_path, [])
    before = cluster.read_bytes()
    with pytest.raises(ConfigurationError, match="is there already"):
        make_keys(tmp_path, [])
    assert cluster.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be written"):
        make_keys(tmp_path / "missing", [])


@pytest.mark.parametrize("content", [b"", b"hello"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content):
    path = tmp_path / "file.pem"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="is no cluster key"):
        check_cluster_key(str(path))
    with pytest.raises(ConfigurationError, match="is no certificate"):
        make_tls(str(path), "")


def test_a_private_key_of_another_certificate_is_refused(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = make_keys(tmp_path / "one", [])[0], make_keys(tmp_path / "two", [])[0]
    with pytest.raises(ConfigurationError, match="is not its key"):
        make_tls(str(one), str(two))


def test_without_files_there_is_nothing_to_check():
    check_cluster_key("")
    assert make_tls("", "") is None
