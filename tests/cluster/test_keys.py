"""A cluster with a key, tokens and HTTPS, used as a user would; and by those who have none."""

import datetime
import ipaddress
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import pyfora
from tests.cluster.programs import is_prime
from tests.clusters import Cluster, get, wait_until
from ufora.service.keys import make_keys

CLIENT = """
import sys, pyfora
with pyfora.connect(sys.argv[1]) as executor:
    with executor.remotely.downloadAll():
        total = sum(x * x for x in range(1000))
    print(total)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder, ["anna", "batch"])
    (folder / "other").mkdir()
    make_keys(folder / "other", ["nobody"])
    return folder


@pytest.fixture(scope="module")
def tokens(folder: Path) -> dict[str, str]:
    return dict(line.split() for line in (folder / "tokens").read_text().splitlines())


@pytest.fixture(scope="module")
def guarded(folder: Path, tokens: dict[str, str]) -> Iterator[Cluster]:
    settings = {"UFORA_KEYS_CLUSTER_FILE": str(folder / "cluster.pem"), "UFORA_KEYS_TOKEN_FILE": str(folder / "tokens")}
    with Cluster(folder / "cluster", settings=settings) as cluster:
        with pyfora.connect(cluster.url, token=tokens["anna"]) as executor:
            wait_until(lambda: executor.getWorkerCount() == 2)
        yield cluster


def test_a_client_with_a_token_computes_on_both_workers_and_keeps_values_there(guarded, tokens):
    with pyfora.connect(guarded.url, token=tokens["batch"]) as executor:
        with executor.remotely.downloadAll():
            count = sum(is_prime(x) for x in range(3_000_000))
        assert count == 216818  # as everywhere here 0 and 1 count
        with executor.remotely.remoteAll():
            halves = [x / 2 for x in range(3_000_000)]
        with executor.remotely.downloadAll():
            ends = halves[0], halves[-1], len(halves)
        assert ends == (0.0, 1499999.5, 3_000_000)


@pytest.mark.parametrize(("token", "said"), [(None, "asks for a token"), ("of-somebody-else-0123", "does not take this token")])
def test_a_client_without_a_good_token_is_refused_in_one_sentence(guarded, monkeypatch, token, said):
    monkeypatch.delenv("PYFORA_TOKEN", raising=False)
    with pytest.raises(pyfora.ConnectionError, match=said) as refusal:
        pyfora.connect(guarded.url, token=token)
    assert "of-somebody-else" not in str(refusal.value)


def test_without_a_token_nothing_is_told(guarded):
    for path in ("/version", "/api/v1/workers", "/api/v1/computations", "/metrics", "/socket.io/?EIO=4&transport=polling"):
        status, body = get(guarded.url, path)
        assert status == 401, path
        assert b"127.0.0.1" not in body


def test_no_token_is_in_a_log_or_on_a_command_line(guarded, tokens):
    for daemon in (guarded.manager, *guarded.workers):
        seen = daemon.log + daemon.output + " ".join(part for process in daemon.list_processes() for part in process.cmdline())
        assert not any(token in seen for token in tokens.values())


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "it has a cluster key, and this worker has none: copy the key file here and name it in keys.cluster_file; trying again"),
        ("other/cluster.pem", "its cluster key is another than the one in "),
    ],
)
def test_a_worker_without_the_key_stays_outside_and_both_sides_say_so(guarded, folder, tokens, key, said):
    before = len(guarded.manager.log)
    seldom = "refused 127.0.0.1: it has no cluster key, or another one"
    stranger = guarded.add_worker(UFORA_KEYS_CLUSTER_FILE=str(folder / key) if key else "")
    try:
        (told,) = wait_until(lambda: stranger.find_lines(f"did not take this worker: {said}"))
        assert " WARNING " in told
        wait_until(lambda: guarded.manager.find_lines(seldom))
        assert " WARNING " in guarded.manager.find_lines(seldom)[0]
        with pyfora.connect(guarded.url, token=tokens["anna"]) as executor:
            assert executor.getWorkerCount() == 2
        assert "Traceback" not in stranger.log + stranger.output + guarded.manager.log[before:]
    finally:
        guarded.remove_worker(stranger)


def test_a_worker_with_a_key_is_refused_by_a_cluster_without_and_both_sides_say_so(folder, tmp_path):
    with Cluster(tmp_path, workers=0) as cluster:
        stranger = cluster.add_worker(UFORA_KEYS_CLUSTER_FILE=str(folder / "cluster.pem"))
        (told,) = wait_until(lambda: stranger.find_lines("did not take this worker: it has no cluster key, and this worker has the one in"))
        assert " WARNING " in told
        wait_until(lambda: cluster.manager.find_lines("dropped 127.0.0.1: it does not speak as a worker does"))
        assert "Traceback" not in stranger.log + cluster.manager.log


def test_tokens_are_exchanged_without_a_restart(guarded, folder, tokens):
    file = folder / "tokens"
    before = file.read_text()
    file.write_text("anna another-token-0123456789\n")
    try:
        guarded.manager.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "tokens of anna are good" in guarded.manager.log + guarded.manager.output)
        with pytest.raises(pyfora.ConnectionError, match="does not take this token"):
            pyfora.connect(guarded.url, token=tokens["batch"])
        pyfora.connect(guarded.url, token="another-token-0123456789").close()
    finally:
        file.write_text(before)


def test_https_with_a_certificate_that_the_client_trusts(tmp_path):
    certificate, key = make_certificate(tmp_path)
    settings = {"UFORA_WEB_CERTIFICATE": str(certificate), "UFORA_WEB_PRIVATE_KEY": str(key)}
    with Cluster(tmp_path / "cluster", workers=1, settings=settings) as cluster:
        url = cluster.url.replace("http:", "https:")
        trusting = run_client(url, SSL_CERT_FILE=str(certificate))
        assert (trusting.stdout.strip(), trusting.returncode) == ("332833500", 0), trusting.stderr
        assert "has no certificate that this machine trusts" in run_client(url).stderr


def run_client(url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    return subprocess.run([sys.executable, "-c", CLIENT, url], env=environment, capture_output=True, text=True, check=False, timeout=120)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """For 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files
