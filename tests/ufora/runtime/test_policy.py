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
