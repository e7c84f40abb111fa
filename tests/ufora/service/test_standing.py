from ufora.service.standing import Standings


def test_ready_is_told_once_and_only_when_all_are() -> None:
    standings = Standings(["manager", "worker 30009"], 0)
    standings.hear("manager", 10, {"READY": "1", "STATUS": "1 worker"}, 0.0)
    assert standings.find_news() == {"STATUS": "manager: 1 worker; worker 30009: starting"}
    standings.hear("worker 30009", 11, {"READY": "1", "STATUS": "registered"}, 0.0)
    assert standings.find_news() == {"READY": "1", "STATUS": "manager: 1 worker; worker 30009: registered"}
    assert standings.find_news() == {}


def test_one_daemon_needs_no_name() -> None:
    standings = Standings(["manager"], 0)
    standings.hear("manager", 10, {"STATUS": "2 workers"}, 0.0)
    assert standings.find_news() == {"STATUS": "2 workers"}


def test_silence_of_a_daemon_that_was_ready_is_found_once() -> None:
    standings = Standings(["manager"], 30)
    standings.hear("manager", 10, {"READY": "1"}, 100.0)
    assert standings.find_hung(130.0) == []
    assert standings.find_hung(131.0) == [("manager", 10)]
    assert standings.find_hung(132.0) == []
    assert standings.find_news()["STATUS"] == "starting again"


def test_a_daemon_that_still_starts_may_be_silent() -> None:
    standings = Standings(["manager"], 30)
    standings.hear("manager", 10, {"STATUS": "reading"}, 0.0)
    assert standings.find_hung(1000.0) == []


def test_a_new_process_begins_anew() -> None:
    standings = Standings(["manager"], 30)
    standings.hear("manager", 10, {"READY": "1"}, 0.0)
    standings.hear("manager", 11, {"STATUS": "reading"}, 1.0)
    assert standings.find_hung(1000.0) == []


def test_without_a_watchdog_nobody_hangs() -> None:
    standings = Standings(["manager"], 0)
    standings.hear("manager", 10, {"READY": "1"}, 0.0)
    assert standings.find_hung(1e9) == []
