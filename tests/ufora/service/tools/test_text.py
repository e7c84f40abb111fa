import pytest

from ufora.service.tools.text import show_bytes, show_computations, show_table, show_workers

COMPUTATION = {
    "id": "abc.c1",
    "state": "running",
    "raised": False,
    "progress": {"fraction": 0.421, "seconds_left": 130.0},
    "compiled": 3,
    "interpreted": 1,
    "started": 1000.0,
    "ended": None,
    "source": "prices.py:7",
    "owner": "ada@engine",
}


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "0 B"), (999, "999 B"), (1024, "1.0 KiB"), (455 * 2**20, "455 MiB"), (21.2 * 2**30, "21.2 GiB")],
)
def test_sizes_as_people_say_them(amount, said):
    assert show_bytes(amount) == said


def test_columns_are_as_wide_as_their_widest_text():
    assert show_table(["A", "LONG"], [["wide one", "x"], ["y", ""]]) == "A         LONG\nwide one  x\ny"


def test_a_running_computation():
    header, row = show_computations([COMPUTATION], 1002.0).splitlines()
    assert header.split() == ["COMPUTATION", "STATE", "PROGRESS", "COMPILED", "TIME", "SOURCE", "OWNER"]
    assert "  ".join(row.split("  ")[:1]) == "abc.c1"
    assert [part.strip() for part in row.split("  ") if part.strip()] == [
        "abc.c1",
        "running",
        "42 %, 2.2 min left",
        "75 %",
        "2 s",
        "prices.py:7",
        "ada@engine",
    ]


def test_an_exception_of_the_users_shows_as_raised():
    ended = {**COMPUTATION, "state": "done", "raised": True, "ended": 1001.0, "progress": None, "compiled": 0, "interpreted": 0}
    assert show_computations([ended], 5000.0).splitlines()[1].split()[:5] == ["abc.c1", "raised", "-", "-", "1"]


def test_an_empty_cluster_says_what_to_do():
    assert "ufora run" in show_workers([], 0.0)
    assert show_computations([], 0.0) == "none"
