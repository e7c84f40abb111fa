"""What the tests need, made before them: packages of three versions, and the file system that machines boot.

build/packages/srv/now, next, after    apt and dnf repositories of this version and of the two minor versions that follow
build/packages/root-….tar.zst          Debian with a service manager, apt and dnf; kept from one run to the next
build/packages/root                    the same, unpacked
build/packages/client                  a venv with pyfora as pip installs it, without the cluster's libraries
"""

import hashlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.packages.machine import boot

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "packages"
SRV = WORK / "srv"
SYSTEM = WORK / "root"
CLIENT = WORK / "client"
SUITE = "bookworm"
"""It has the Python that the packages are made for, and dnf."""
UNAVAILABLE = 69  # sysexits.h: EX_UNAVAILABLE
INCLUDE = (
    "bash-completion",
    "ca-certificates",
    "dbus",
    "dnf",
    "firewalld",
    "iproute2",
    "libpam-systemd",
    "logrotate",
    "man-db",
    "netbase",
    "procps",
    "python3",
    "python3-msgpack",
    "python3-requests",
    "python3-socketio",
    "python3-tqdm",
    "python3-urllib3",
    "python3-websocket",
    "rpm",
    "systemd",
    "systemd-sysv",
)


def main() -> int:
    SRV.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        system, client = pool.submit(make_system), pool.submit(make_client)
        for name, version in list_versions().items():
            print(f"packages of ufora {version}", flush=True)
            make_repositories(name, version)
        client.result()
        try:
            system.result()
        except (subprocess.CalledProcessError, OSError, AssertionError) as error:
            print(error, file=sys.stderr)
            return UNAVAILABLE
    return 0


def list_versions() -> dict[str, str]:
    """This version, and one and two minor versions later."""
    text = (ROOT / "pyfora" / "_version.py").read_text("utf-8")
    found = re.search(r'"((\d+)\.(\d+)\..*)"', text)
    assert found, "pyfora/_version.py names no version"
    major, minor = int(found[2]), int(found[3])
    return {"now": found[1], "next": f"{major}.{minor + 1}.0", "after": f"{major}.{minor + 2}.0"}


def make_repositories(name: str, version: str) -> None:
    dist = SRV / name
    shutil.rmtree(dist, ignore_errors=True)
    command = [sys.executable, ROOT / "packaging" / "make"]
    compression = "zstd" if name == "now" else "none"  # what is shipped; the others need only be quick
    subprocess.run(
        [*command, "packages", "--dist", dist, "--version", version, "--compression", compression], check=True, stdout=subprocess.DEVNULL
    )
    subprocess.run([*command, "repositories", "--dist", dist], check=True)


def make_system() -> None:
    """Unpacked anew for each run; what machines change goes into an overlay. Booted once: what cannot boot empty is no fault of ours."""
    WORK.mkdir(parents=True, exist_ok=True)
    wanted = hashlib.sha256("\n".join([SUITE, *INCLUDE]).encode()).hexdigest()[:12]
    archive = WORK / f"root-{wanted}.tar.zst"
    if not archive.exists():
        print(f"a Debian {SUITE} for the machines", flush=True)
        for stale in WORK.glob("root-*.tar.zst"):
            stale.unlink()
        unfinished = WORK / "root-unfinished.tar.zst"
        options = ["--quiet", "--variant=minbase", f"--include={','.join(INCLUDE)}"]
        subprocess.run(["mmdebstrap", *options, SUITE, unfinished, *find_mirrors()], check=True)
        unfinished.rename(archive)
    shutil.rmtree(SYSTEM, ignore_errors=True)
    SYSTEM.mkdir()
    subprocess.run(["tar", "--zstd", "-xf", archive, "-C", SYSTEM], check=True)
    (SYSTEM / "etc" / "hostname").unlink(missing_ok=True)  # a machine is called what systemd-nspawn calls it
    (SYSTEM / "etc" / "systemd" / "system" / "firewalld.service").symlink_to("/dev/null")  # until a test wants it
    (SYSTEM / "etc" / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    with boot(SYSTEM, "uf-empty", 9, SRV):
        print("it boots", flush=True)


def make_client() -> None:
    """The releases that the lock names, the dependencies that pyfora's own description names."""
    for stale in (CLIENT, ROOT / "build" / "lib"):  # setuptools would install what lies in the latter
        shutil.rmtree(stale, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", CLIENT], check=True)
    lock = (ROOT / "requirements" / f"py{sys.version_info.major}{sys.version_info.minor}.txt").read_text("utf-8")
    releases = WORK / "releases.txt"
    releases.write_text("".join(f"{release}\n" for release in re.findall(r"^\S+==\S+", lock, re.MULTILINE)))
    install = [CLIENT / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, "--require-hashes", "-r", ROOT / "requirements" / "build.txt"], check=True)
    subprocess.run([*install, "--no-build-isolation", "--constraint", releases, ROOT], check=True)


def find_mirrors() -> list[str]:
    """Where this host gets Debian from; nothing, which is mmdebstrap's own choice, where it is no such Debian."""
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN) $(CODENAME) $(REPO_URI)"], capture_output=True, text=True, check=True
    )
    return [line.split()[2] for line in asked.stdout.splitlines() if line.split()[:2] == ["Debian", SUITE]][:1]


if __name__ == "__main__":
    sys.exit(main())
