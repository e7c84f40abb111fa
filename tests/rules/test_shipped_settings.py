"""The shipped settings files state every default, in the order and the words of the records."""

import inspect
import re
from pathlib import Path

import pytest

from ufora.service.config import ManagerConfig, WorkerConfig
from ufora.service.settings import list_kinds, name_in_file, read_toml, show_toml

ROOT = Path(__file__).resolve().parents[2]
FILES = [("manager", ManagerConfig), ("worker", WorkerConfig)]


@pytest.mark.parametrize(("daemon", "record"), FILES)
def test_the_file_states_every_default(daemon: str, record: type) -> None:
    path = ROOT / "etc/ufora" / f"{daemon}.toml"
    given = read_toml(path.read_text(), str(path), list_kinds(record))
    assert {field: each.value for field, each in given.items()} == {field: getattr(record(), field) for field in list_kinds(record)}


@pytest.mark.parametrize(("daemon", "record"), FILES)
def test_each_setting_is_explained_in_the_words_of_the_record(daemon: str, record: type) -> None:
    words = dict(re.findall(r"^    (\w+): .*  #: (.+)$", inspect.getsource(record), re.MULTILINE))
    lines = (ROOT / "etc/ufora" / f"{daemon}.toml").read_text().splitlines()
    assert [line for line in lines if " = " in line] == [f"{line}  # {words[field]}" for field, line in show_toml(record())]


@pytest.mark.parametrize(("daemon", "record"), FILES)
def test_settings_stand_under_their_section(daemon: str, record: type) -> None:
    sections = re.findall(r"^\[(\w+)\]$", (ROOT / "etc/ufora" / f"{daemon}.toml").read_text(), re.MULTILINE)
    assert sections == list(dict.fromkeys(section for field in list_kinds(record) if (section := name_in_file(field)[0])))
