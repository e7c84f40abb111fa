#!/bin/sh
# `make test-packages`: what the host needs, then what is tested, then the tests. Skips where it cannot work, but never in CI.
set -eu
cd "$(dirname "$0")/../.."
TOOLS="apt-utils binutils createrepo-c debian-archive-keyring dpkg-dev gnupg iproute2 lintian man-db mmdebstrap python3.11-minimal
    python3.11 rpm rpmlint systemd systemd-container zstd"

skip() {
    if [ "${CI:-}" = true ]; then
        echo "make test-packages: $1" >&2
        exit 1
    fi
    echo "make test-packages: skipped: $1"
    exit 0
}

[ "$(id -u)" = 0 ] || skip "only root can boot machines: run it as root"
command -v apt-get >/dev/null || skip "it needs apt-get, for the tools and for the machines' file system"
unshare --mount --pid --ipc --uts --net --fork true 2>/dev/null || skip "machines are made of namespaces, and none may be made here (CAP_SYS_ADMIN)"

missing=""
for tool in $TOOLS; do
    dpkg-query -W -f '${Status}' "$tool" 2>/dev/null | grep -q "ok installed" || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    echo "make test-packages: installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null || skip "apt-get update failed"
    # shellcheck disable=SC2086 # a list of words
    apt-get install -q -y --no-install-recommends $missing >/dev/null || skip "$missing cannot be installed"
fi
status=0
.venv/bin/python -m tests.packages.prepare || status=$?
[ "$status" != 69 ] || skip "no machine can be made and booted here; why is said above"
[ "$status" = 0 ] || exit "$status"
exec .venv/bin/python -m pytest --timeout 900 tests/packages "$@" # installing and upgrading takes minutes on a busy machine
