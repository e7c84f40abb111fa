#!/bin/sh
# Writes the locked requirements anew: one file for each Python minor, with the hashes of every file of each release.
# Versions already locked are kept; "--upgrade" takes the newest. Needs `uv` on the PATH.
set -eu
cd "$(dirname "$0")/.."
compile() {
    uv pip compile --no-config --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@"
}
compile --universal --python-version 3.11 requirements/build.in --output-file requirements/build.txt "$@"
for minor in 11 12 13; do
    compile pyproject.toml --all-extras --python-version "3.$minor" --only-binary :all: --no-binary sdnotify \
        --output-file "requirements/py3$minor.txt" "$@"
done
# A peer of the benchmarks, which do without it where it is not installed: .venv/bin/pip install -r requirements/ray.txt
compile --universal --python-version 3.11 requirements/ray.in --constraint requirements/py311.txt --output-file requirements/ray.txt "$@"
# What the Linux packages bring along: the server's share of the same releases, for the Python they are made for.
compile pyproject.toml --extra server --python-version 3.11 --only-binary :all: --no-binary sdnotify \
    --constraint requirements/py311.txt --output-file requirements/packages.txt "$@"
