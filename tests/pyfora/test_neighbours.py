import pytest

from pyfora.neighbours import explain_distance

NAMES = ("the worker", "the manager")


@pytest.mark.parametrize(("one", "other"), [("0.1.0", "0.1.7"), ("0.1.0", "0.2.0"), ("0.2.0rc1", "0.1.0"), ("1.9.0", "1.10.3")])
def test_neighbours_work_together(one: str, other: str) -> None:
    assert explain_distance(one, other, NAMES) == ""


@pytest.mark.parametrize(("one", "other"), [("0.1.0", "0.3.0"), ("0.9.0", "1.0.0"), ("1.2.0", "1.10.0")])
def test_others_name_both_releases_and_the_one_to_upgrade(one: str, other: str) -> None:
    expected = f"the worker is release {one}, the manager is release {other}: they may be one minor version apart at most; upgrade "
    assert explain_distance(one, other, NAMES) == f"{expected}the worker"
    assert explain_distance(other, one, NAMES).endswith("; upgrade the manager")
