"""What is open to strangers, for the log."""

import ipaddress

from ufora.service.config import ManagerConfig


def list_dangers(config: ManagerConfig) -> list[str]:
    """What strangers may do to a cluster that other machines can reach."""
    if ipaddress.ip_address(config.listen_address).is_loopback:
        return []
    dangers = []
    if not config.keys_token_file:
        dangers.append(f"no tokens are set up (keys.token_file): whoever reaches port {config.web_http_port} may run code on this cluster")
    elif not config.web_certificate:
        dangers.append(f"port {config.web_http_port} is not encrypted (web.certificate): tokens and values can be read on their way")
    if not config.keys_cluster_file:
        dangers.append(f"no cluster key is set up (keys.cluster_file): whoever reaches port {config.registry_port} may join as a worker")
    return dangers
