import pytest

from ufora.service.config import ManagerConfig
from ufora.service.dangers import list_dangers


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_on_loopback_nothing_is_said(address):
    assert list_dangers(ManagerConfig(listen_address=address)) == []


@pytest.mark.parametrize(
    ("config", "named"),
    [
        (ManagerConfig(), ["keys.token_file", "keys.cluster_file"]),
        (ManagerConfig(keys_cluster_file="k"), ["keys.token_file"]),
        (ManagerConfig(keys_token_file="t"), ["web.certificate", "keys.cluster_file"]),
        (ManagerConfig(keys_token_file="t", web_certificate="c", keys_cluster_file="k"), []),
    ],
)
def test_each_thing_that_is_open_is_named_with_its_setting(config, named):
    dangers = list_dangers(config)
    assert len(dangers) == len(named)
    assert all(name in danger for name, danger in zip(named, dangers, strict=True))
