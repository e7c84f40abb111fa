# mypy: disable-error-code="no-untyped-call"
"""The cluster key: one file that makes manager, workers and drivers of a cluster known to each other, and to nobody else.

A PEM file with a private key and a certificate that it signed itself. On the registry and the control channels it is authority, certificate
and key at once: TLS both ways, so whoever has no copy of the file is refused in the handshake. The data channel's CURVE keys are made from
a hash of it.
"""

import hashlib
import ssl
from dataclasses import dataclass

from distributed import Security

from pyfora.errors import ConfigurationError
from ufora.engine.on_dask.channel import CurveKeys, make_curve_keys

CURVE_LABEL = b"ufora data channel 1"


@dataclass(frozen=True, slots=True)
class ClusterKey:
    path: str
    curve: CurveKeys


def read_cluster_key(path: str) -> ClusterKey:
    """Raises ConfigurationError: one sentence."""
    try:
        with open(path, "rb") as file:
            pem = file.read()
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(path)
    except ssl.SSLError:
        raise ConfigurationError(f"keys.cluster_file: {path} is no cluster key: make one with `ufora keys new`") from None
    except OSError as error:
        raise ConfigurationError(f"keys.cluster_file: {path} cannot be read: {error.strerror}") from None
    return ClusterKey(path, make_curve_keys(hashlib.sha256(CURVE_LABEL + pem).digest()))


def make_security(key: ClusterKey | None) -> Security | None:
    """For a scheduler, worker or client of Dask; None leaves everything in plain text."""
    if key is None:
        return None
    roles = {f"tls_{role}_{part}": key.path for role in ("scheduler", "worker", "client") for part in ("cert", "key")}
    return Security(require_encryption=True, tls_ca_file=key.path, tls_min_version=ssl.TLSVersion.TLSv1_3, **roles)


def scheme(key: ClusterKey | None) -> str:
    """Of addresses."""
    return "tcp" if key is None else "tls"
