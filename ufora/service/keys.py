"""`ufora keys`: makes the cluster key and clients' tokens."""

import datetime
import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pyfora.errors import ConfigurationError

CLUSTER_FILE = "cluster.pem"
TOKENS_FILE = "tokens"
YEARS = 20
"""How long a cluster key is valid. It is replaced when somebody leaves, not when a date passes."""
TOKEN_BYTES = 32


def make_keys(folder: Path, clients: list[str]) -> list[Path]:
    """Write a cluster key and a file with a token for each client into `folder`; the files. Raises ConfigurationError: they are there
    already, or cannot be written."""
    cluster, tokens = folder / CLUSTER_FILE, folder / TOKENS_FILE
    lines = [f"{client} {secrets.token_urlsafe(TOKEN_BYTES)}\n" for client in clients]
    _write_new(cluster, make_cluster_key())
    _write_new(tokens, "".join(lines).encode())
    return [cluster, tokens]


def make_cluster_key() -> bytes:
    """PEM: a private key (NIST P-256) and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ufora cluster")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # other machines' clocks
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret + certificate.public_bytes(pem)


def _write_new(path: Path, data: bytes) -> None:
    """Readable by its owner only."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationError(f"{path} is there already, and may be in use: name another folder") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror}): name another folder") from None
    with os.fdopen(file, "wb") as opened:
        opened.write(data)
