"""Nothing that is committed knows the machine it was written on."""

import re
import subprocess

from tests.rules.tree import ROOT

# Put together here, so that this file does not find itself.
PATHS = [r"/(?:work|opt)/(?:wt-|main|shared|dev|wheels|pypi)", r"/root/\.", r"/home/\w+/"]
HOSTS = ["pypi" + r"\.org", "pythonhosted" + r"\.org", r"--(?:extra-)?index-url\b", r"--find-links\b", "deb" + r"\.debian\.org"]
FORBIDDEN = re.compile("|".join([*PATHS, *HOSTS]))


def test_no_committed_file_names_a_machine_path_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    found = []
    for file in listed.stdout.decode().split("\0"):
        if not file or file == "tests/rules/test_no_machine_paths.py" or not (ROOT / file).is_file():
            continue
        for number, line in enumerate((ROOT / file).read_text("utf-8", errors="replace").splitlines(), 1):
            if match := FORBIDDEN.search(line):
                found.append(f"{file}:{number}: {match[0]}")
    assert not found, "\n".join(found)
