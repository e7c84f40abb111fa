"""Long lists of tuples: they travel by columns, and stay the same tuples where CPython computes."""

from tests.parity.same import same_as_python

RECORDS = [(number, number * 0.5, f"name {number}", number % 3 == 0) for number in range(300)]
FIRST = RECORDS[0]
PAIRS = [(number, (number % 7, -number)) for number in range(200)]
ALSO = [*PAIRS[:100], (1, (2, 3))]


@same_as_python
def test_a_captured_list_of_records():
    return [f"{name}: {number + half}" for number, half, name, third in RECORDS if third]


@same_as_python
def test_records_made_in_slices_come_home():
    return [(number, -number / 3, str(number), number > 10) for number in range(200)]


@same_as_python
def test_a_record_that_is_captured_by_itself_too_is_that_record():
    return RECORDS[0] is FIRST, RECORDS.index(FIRST), [record is FIRST for record in RECORDS if str(record)][:3]


@same_as_python
def test_records_of_two_lists_are_the_same_records():
    return [one is other for one, other in zip(PAIRS, ALSO)], ALSO[-1] in PAIRS  # noqa: B905 - as it is mostly written


@same_as_python
def test_records_that_go_through_slices_stay_the_same_objects():
    texts = [str(number) for number in range(200)]
    records = [(text, len(text)) for text in texts]
    again = [record for record in records if str(record)]
    inner = [pair for _, pair in PAIRS if str(pair)]
    return all(map(lambda one, other: one is other, records, again)), all(pair[1] is each for pair, each in zip(PAIRS, inner, strict=True))


@same_as_python
def test_records_are_sorted_grouped_and_counted():
    groups = {}
    for number, half, name, third in RECORDS:
        groups.setdefault(third, []).append((half, name))
    largest = max(RECORDS, key=lambda record: record[1])
    return {third: len(found) for third, found in groups.items()}, largest is RECORDS[-1], sorted(PAIRS, key=lambda pair: pair[1])[:5]


ROUTES = [[number % 7, number % 11, number] for number in range(120)]
RAGGED = [[number] * (number % 4) for number in range(1500)]
SEVENTH = ROUTES[7]


@same_as_python
def test_captured_lists_of_short_lists():
    longest = max(len(row) for row in RAGGED)
    return [sum(row) for row in ROUTES], longest, [row for row in RAGGED if len(row) == longest][:3], RAGGED[0] is RAGGED[4]


@same_as_python
def test_a_row_that_is_captured_by_itself_too_is_that_row():
    return SEVENTH is ROUTES[7], ROUTES.index(SEVENTH), [row is SEVENTH for row in ROUTES][:9]


@same_as_python
def test_a_function_that_gives_back_a_row():
    def longest_of(rows, first):
        best = rows[first]
        for row in rows:
            if len(row) > len(best):
                best = row
        return best

    return longest_of(RAGGED, 0) is RAGGED[3], longest_of(RAGGED, 3) is RAGGED[3], longest_of(RAGGED[:1], 0) is RAGGED[0]


@same_as_python
def test_rows_made_in_slices_come_home():
    return [[number, number * number] for number in range(300)], [[number / 3] * (number % 3) for number in range(200)]
