"""The documentation is built as `make docs` does; MkDocs itself checks links, anchors and references."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.docs.blocks import ROOT

OWN_FILES = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
OUTSIDE = re.compile(r"\]\((https?:[^)]*)\)")


def test_it_is_built_without_a_warning(tmp_path: Path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    for page in (ROOT / "docs").glob("*.md"):
        assert (tmp_path / f"{page.stem}.html").is_file()
    api = (tmp_path / "api.html").read_text("utf-8")
    assert "downloadAll" in api
    assert "PythonToForaConversionError" in api


def test_files_that_the_top_pages_name_are_there():
    for page in ROOT.glob("*.md"):
        for target in OWN_FILES.findall(page.read_text("utf-8")):
            assert (ROOT / target).exists(), f"{page.name}: {target}"


def test_links_to_elsewhere_are_whole_addresses():
    links = [
        (page.name, link) for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")] for link in OUTSIDE.findall(page.read_text("utf-8"))
    ]
    assert links
    for page, link in links:
        parts = urlsplit(link)
        assert parts.scheme == "https", f"{page}: {link}"
        assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc), f"{page}: {link}"
        assert not re.search(r"\s", link), f"{page}: {link}"
