from ufora.gateway.journal import MOST_LENGTH, MOST_LINES, Journal


def test_the_newest_lines_oldest_first():
    journal = Journal()
    for number in range(5):
        journal.add("manager", f"line {number}")
    assert [(line.number, line.text) for line in journal.read(0, 2)] == [(4, "line 3"), (5, "line 4")]
    assert [line.number for line in journal.read(3, 100)] == [4, 5]
    assert list(journal.read(0, 0)) == []


def test_it_is_bounded():
    journal = Journal()
    for _ in range(MOST_LINES + 10):
        journal.add("w1", "x" * 2 * MOST_LENGTH)
    lines = journal.read(0, 10**6)
    assert (len(lines), lines[0].number, len(lines[0].text)) == (MOST_LINES, 11, MOST_LENGTH)
