"""Files with keys and certificates."""

import ssl

from pyfora.errors import ConfigurationError


def check_cluster_key(path: str) -> None:
    """Raises ConfigurationError."""
    if path:
        _load_pem(path, None, f"keys.cluster_file: {path} is no cluster key: make one with `ufora keys new`")


def make_tls(certificate: str, private_key: str) -> ssl.SSLContext | None:
    """For the port for clients; None without a certificate. Raises ConfigurationError."""
    if not certificate:
        return None
    return _load_pem(
        certificate, private_key or None, f"web.certificate: {certificate} is no certificate, or web.private_key is not its key"
    )


def _load_pem(certificate: str, private_key: str | None, otherwise: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, private_key)
    except ssl.SSLError:
        raise ConfigurationError(otherwise) from None
    except OSError as error:
        raise ConfigurationError(f"{certificate} or its key cannot be read: {error.strerror}") from None
    return context
