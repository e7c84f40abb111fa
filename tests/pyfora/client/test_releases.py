from pyfora.client.lineage import Lineage
from pyfora.client.releases import Releases


class Proxy:
    pass


class Told:
    def __init__(self) -> None:
        self.values: list[tuple[str, str]] = []
        self.computations: list[str] = []

    def take(self, values: list[tuple[str, str]], computations: list[str]) -> None:
        self.values += values
        self.computations += computations


def test_a_value_is_released_with_its_last_proxy():
    told = Told()
    releases = Releases(told.take)
    first, second = Proxy(), Proxy()
    releases.watch_proxy(first, ("c1", "x"))
    releases.watch_proxy(second, ("c1", "x"))
    other = Proxy()
    releases.watch_proxy(other, ("c1", "y"))
    del first, other
    releases.close()
    assert told.values == [("c1", "y")]
    assert second


def test_a_computation_is_released_with_the_last_that_was_made_from_it():
    told = Told()
    releases = Releases(told.take)
    first = Lineage(1, {}, None, ())
    second = Lineage(2, {}, None, (first,))
    releases.watch_lineage(first)
    releases.watch_lineage(second)
    del first
    assert told.computations == []
    del second
    releases.close()
    assert sorted(told.computations) == ["c1", "c2"]


def test_values_of_a_released_computation_need_no_word_of_their_own():
    told = Told()
    releases = Releases(told.take)
    lineage, proxy = Lineage(1, {}, None, ()), Proxy()
    releases.watch_lineage(lineage)
    releases.watch_proxy(proxy, ("c1", "x"))
    del proxy, lineage
    releases.close()
    assert (told.values, told.computations) == ([], ["c1"])


def test_a_long_chain_of_computations_is_released_without_deep_recursion():
    told = Told()
    releases = Releases(told.take)
    lineage = Lineage(0, {}, None, ())
    for number in range(1, 50_000):
        lineage = Lineage(number, {}, None, (lineage,))
    releases.watch_lineage(lineage)
    del lineage
    releases.close()
    assert told.computations == ["c49999"]


def test_releases_end_their_thread():
    releases = Releases(Told().take)
    assert releases._thread.is_alive()
    releases.close()
    assert not releases._thread.is_alive()
