"""The two settings, and what they stand for."""

from ufora.runtime.policy import Policy, When, make_policy


def test_as_shipped_small_work_stays_where_it_is() -> None:
    assert make_policy(When.AUTO, When.AUTO) == Policy()


def test_always_leaves_nothing_too_small() -> None:
    policy = make_policy(When.NEVER, When.ALWAYS)
    assert policy.start_seconds == policy.optimistic_seconds == policy.split_seconds == 0
    assert make_policy(When.ALWAYS, When.AUTO).start_seconds == 0


def test_a_number_of_slices_cuts_everything() -> None:
    policy = make_policy(When.NEVER, When.AUTO, 7)
    assert (policy.cut, policy.slices, policy.start_seconds) == (When.ALWAYS, 7, 0)


def test_where_the_machine_s_cores_are_near_the_optimistic_start_is_short() -> None:
    near = make_policy(When.AUTO, When.AUTO, is_near=True)
    assert 0 < near.near_seconds < near.optimistic_seconds == Policy().optimistic_seconds
    assert make_policy(When.NEVER, When.ALWAYS, is_near=True).near_seconds == 0
