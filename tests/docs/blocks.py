"""The code blocks of a page."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w+)(?: title=\"(?P<title>[^\"]*)\")?[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class CodeBlock:
    kind: str  #: "python", "console", …
    title: str
    text: str
    line: int  #: of its first line of text, from 1


def list_blocks(page: Path) -> list[CodeBlock]:
    content = page.read_text("utf-8")
    return [
        CodeBlock(found["kind"], found["title"] or "", textwrap.dedent(found["text"]), content[: found.start("text")].count("\n") + 1)
        for found in FENCE.finditer(content)
    ]


def name(page: Path) -> str:
    return page.stem
