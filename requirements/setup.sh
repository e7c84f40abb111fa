#!/bin/sh
# Makes .venv: a virtual environment with exactly the locked, hash-checked requirements and this project, editable.
# Takes the newest supported Python it finds; PYTHON=/path/to/python3.12 overrides. Does nothing when .venv is as it should be.
set -eu
cd "$(dirname "$0")/.."
MINORS="13 12 11"

fail() {
    echo "make setup: $1" >&2
    exit 1
}

say_version() { # prints e.g. "3.12" for a Python that can be used, nothing otherwise
    "$1" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

is_supported() {
    for minor in $MINORS; do
        [ "$1" = "3.$minor" ] && return 0
    done
    return 1
}

find_python() { # the newest; plain python3 last, for a Python that is only known by that name
    for name in python3.13 python3.12 python3.11 python3; do
        if is_supported "$(say_version "$name")"; then
            echo "$name"
            return
        fi
    done
}

# The user's own Python settings must not reach into .venv; of pip's, only those that say how to reach the registry.
unset PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE PYTHONOPTIMIZE VIRTUAL_ENV
for name in $(env | sed -n 's/^\(PIP_[A-Za-z0-9_]*\)=.*/\1/p'); do
    case $name in
    PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_FIND_LINKS | PIP_NO_INDEX | PIP_TRUSTED_HOST | PIP_CERT | PIP_CLIENT_CERT) ;;
    PIP_PROXY | PIP_CACHE_DIR | PIP_DEFAULT_TIMEOUT | PIP_TIMEOUT | PIP_RETRIES | PIP_CONFIG_FILE | PIP_KEYRING_PROVIDER) ;;
    *) unset "$name" ;;
    esac
done
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0

python=${PYTHON:-$(find_python)}
[ -n "$python" ] || fail "no Python 3.11, 3.12 or 3.13 found: install one (Debian, Ubuntu: apt install python3 python3-venv) or name it: make setup PYTHON=/path/to/python3"
version=$(say_version "$python")
[ -n "$version" ] || fail "$python does not run: name a Python 3.11, 3.12 or 3.13 with PYTHON=…"
is_supported "$version" || fail "$python is Python $version: 3.11, 3.12 or 3.13 is needed, name one with PYTHON=…"
lock=requirements/py$(echo "$version" | tr -d .).txt

base=$("$python" -I -c 'import os, sys; print(os.path.realpath(sys.executable))')
wanted="$base $(cat "$lock" requirements/build.txt requirements/setup.sh pyproject.toml setup.py | cksum) $PWD"
if [ "$(cat .venv/stamp 2>/dev/null || true)" = "$wanted" ] && [ -x .venv/bin/python ]; then
    exit 0
fi

"$python" -I -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot make virtual environments: install its venv module (Debian, Ubuntu: apt install python$version-venv)"
echo "make setup: .venv with Python $version ($base)"
rm -rf .venv
"$python" -I -m venv .venv
.venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements/build.txt
.venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: --no-binary sdnotify --no-build-isolation -r "$lock" ||
    fail "the requirements in $lock could not be installed: the lines above say why (is the package registry reachable?)"
.venv/bin/python -m pip install --quiet --no-index --no-deps --no-build-isolation --editable .
printf '%s\n' "$wanted" >.venv/stamp
