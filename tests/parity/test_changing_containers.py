"""Lists, dicts and sets that loops change: what is the same and what only equal, and changes while something goes through them."""

from tests.parity.same import same_as_python


@same_as_python
def test_zeros_change_their_sign():
    table = {number: 0.0 for number in range(5)}
    before = dict(table)
    for number in range(3):
        table[number] = -0.0
    rows = [(0.0, 1), (0.0, 2), (0.0, 3)]
    for number in range(3):
        rows.append((0.5, number))
        rows[number] = (-0.0, number + 1)
    pairs = {1: (0.0, 1)}
    for number in range(3):
        pairs[number] = (-0.0, 1)
    return table, before, rows, pairs


@same_as_python
def test_an_equal_list_is_another():
    groups = {}
    for number in range(20):
        groups.setdefault(number % 3, []).append(number)
    one = groups[1]
    for number in range(5):
        groups[number % 3].append(-number)
        if number == 3:
            groups[1] = list(one)
            groups[2] = groups[0]
    groups[2].append(99)
    one.append(7)
    return groups, one, groups[0] is groups[2]


def put_another(n):
    table = {number: number for number in range(n)}
    total = 0
    for key in table:
        total += key
        if key == 2:
            del table[0]
            table[77] = 1
    return total


def put_all_others(n):
    table = {number: number for number in range(n)}
    seen = []
    for key in table:
        seen.append(key)
        if key < 3:
            del table[key]
            table[key + 100] = 1
    return seen


@same_as_python
def test_a_dict_has_other_keys_while_a_loop_goes_through_it():
    said = []
    for number in range(12):
        for change in (put_another, put_all_others):
            try:
                said.append(change(number))
            except RuntimeError as error:
                said.append(str(error))
    return said


def go_through(n):
    items = list(range(n))
    seen = []
    for one, other in zip(items, items):
        seen.append(one + other)
        if one == 2:
            items.append(50)
        if one == 4:
            items.pop(0)
    for place, item in enumerate(items, 5):
        seen.append(place * item)
        if len(items) < 12:
            items.append(item)
    for item in reversed(items):
        seen.append(-item)
        if len(items) > 3:
            items.pop()
    return seen, items


@same_as_python
def test_lists_change_while_loops_go_through_them():
    return [go_through(number) for number in range(9)]


@same_as_python
def test_rows_change_places():
    rows = [[number] for number in range(6)]
    kept = [rows[0], rows[3]]
    total = 0
    for number in range(6):
        rows[number].append(number * 2)
        rows[number], rows[5 - number] = rows[5 - number], rows[number]
        total += len(rows[number])
    for number in range(3):
        rows.pop()
        rows[0].append(-number)
    return rows, kept, rows[0] is kept[0], total


@same_as_python
def test_what_was_changed_before_an_error_stays():
    rows = [[1], [2], [3]]
    table = {1: 0}
    seen = {1}
    try:
        for number in range(5):
            rows[number].append(number)
            table[number] = number
            seen.add(number * 2)
    except IndexError as error:
        message = str(error)
    return rows, table, sorted(seen), message
