"""Linux packages and repositories of them, from `packaging/packages.toml`.

    python packaging/make packages       dist/*.deb, dist/*.rpm
    python packaging/make repositories   dist/apt, dist/dnf: for `apt install ufora-worker`, `dnf install ufora-worker`

    packages.toml ─► description ─► layout ──► nFPM ─► *.deb, *.rpm ─► repositories
                       libraries, manuals ─┘

The same source gives the same bytes: times are those of SOURCE_DATE_EPOCH, or of the last commit.
"""

import argparse
import sys
from pathlib import Path

import builder
import description
import layout
import repositories

ROOT = description.ROOT


def main() -> int:
    parser = argparse.ArgumentParser(prog="packaging/make", description="Build Linux packages.")
    parser.add_argument("what", choices=["packages", "repositories"])
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where to put them")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "packages", help="where to keep what they are made of")
    parser.add_argument("--version", default="", help="build them as this version: for tests of upgrades")
    parser.add_argument("--only", nargs="*", metavar="PACKAGE", help="build these packages only")
    parser.add_argument("--without-libraries", action="store_true", help="leave the bundled libraries out: for the linters")
    parser.add_argument("--compression", choices=["zstd", "xz", "none"], default="zstd")
    arguments = parser.parse_args()
    if arguments.what == "repositories":
        repositories.make(arguments.dist, arguments.work)
        return 0
    packages = description.read(ROOT, arguments.version)
    chosen = [package for package in packages if not arguments.only or package.name in arguments.only]
    made = layout.make(ROOT, arguments.work, chosen, not arguments.without_libraries)
    for path in builder.build(ROOT, made, chosen, arguments.dist, arguments.compression):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
