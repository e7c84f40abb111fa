"""Progress as data and in words."""

import json

import pytest

from pyfora.report.progress import Progress, format_seconds


def test_it_travels_as_plain_data_also_to_another_release() -> None:
    progress = Progress(0.5, 3, 6, 2, 1.5, "a.py", 7)
    assert Progress.from_plain(json.loads(json.dumps(progress.as_plain() | {"new": 1}))) == progress
    assert Progress.from_plain({"fraction": None, "slices_done": 0, "slices": 0, "cores": 1, "seconds_left": None}).path == ""


def test_it_reads_as_words() -> None:
    assert str(Progress(0.423, 3, 6, 2, 170, "a.py", 7)) == "42 %, 2 cores, about 2.8 min left"
    assert str(Progress(None, 0, 0, 1, None)) == "running, 1 core"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (0.0042, "4.2 ms"),
        (0.9994, "999 ms"),
        (1.0, "1 s"),
        (1.44, "1.4 s"),
        (59.0, "59 s"),
        (100.0, "1.7 min"),
        (620.0, "10 min"),
        (7200.0, "2.0 h"),
        (3.6e7, "10,000.0 h"),
    ],
)
def test_a_duration_reads_as_people_say_it(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text
