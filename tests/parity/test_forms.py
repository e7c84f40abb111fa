"""Long lists that go from one step to the next: what machine code keeps of them is used only as long as they are the same."""

import math

from tests.parity.same import same_as_python


@same_as_python
def test_a_list_that_several_steps_read():
    numbers = [k * k % 1009 for k in range(3000)]
    halves = [number / 2 for number in numbers]
    return (
        sum(numbers),
        sum(halves),
        max(halves),
        [number for number in numbers if number > 1000],
        sum(n * h for n, h in zip(numbers, halves)),
    )


@same_as_python
def test_an_item_that_is_replaced_by_an_equal_one_of_another_type():
    numbers = [k % 5 for k in range(2000)]
    before = sum(number * 3 for number in numbers)
    numbers[6] = True
    numbers[1004] = 4.0
    doubled = [number + number for number in numbers]
    return before, sum(number * 3 for number in numbers), doubled[6], doubled[1004], type(doubled[1004]), numbers[6] is True


@same_as_python
def test_a_zero_that_gets_a_sign():
    numbers = [0.0 for _ in range(1500)]
    before = [math.copysign(1.0, number) for number in numbers]
    numbers[700] = -0.0
    after = [math.copysign(1.0, number) for number in numbers]
    return sum(before), sum(after), after[700]


@same_as_python
def test_lists_that_grow_shrink_and_turn_round():
    numbers = [k * 7 % 2003 for k in range(2000)]
    sums = [sum(number * 2 for number in numbers)]
    numbers.append(5)
    sums.append(sum(number * 2 for number in numbers))
    numbers.pop(0)
    sums.append(sum(number * 2 for number in numbers))
    numbers.sort()
    first = [number + 1 for number in numbers][:3]
    numbers.reverse()
    last = [number + 1 for number in numbers][:3]
    numbers[10:20] = [0] * 10
    sums.append(sum(number * 2 for number in numbers))
    del numbers[1500:]
    sums.append(sum(number * 2 for number in numbers))
    return sums, first, last


@same_as_python
def test_loops_that_assign_items_between_steps():
    numbers = [k for k in range(2000)]
    totals = []
    for turn in range(4):
        for at in range(turn, len(numbers), 3):
            numbers[at] = numbers[at] * 2 % 1013
        totals.append(sum(number + turn for number in numbers))
    return totals, numbers[:7]


@same_as_python
def test_a_loop_that_fails_half_way_leaves_what_it_did():
    numbers = [k for k in range(1500)]
    try:
        for at in range(len(numbers)):
            numbers[at] = 10 // (700 - at)
    except ZeroDivisionError:
        pass
    return sum(number * 1 for number in numbers), numbers[698:702]


@same_as_python
def test_tuples_that_several_steps_read():
    points = [(k * 7919 % 10007 / 10007.0, k % 13, (k, k > 5)) for k in range(2000)]
    near = [at for at, (x, _, _) in enumerate(points) if x < 0.01]
    weights = sum(x * weight for x, weight, _ in points)
    points[3] = (0.5, 1, (3, True))
    return near, weights, sum(x * weight for x, weight, _ in points), [pair for _, _, pair in points][2:5], points[:2]


@same_as_python
def test_flags_that_several_steps_read():
    flags = [k % 3 == 0 for k in range(2000)]
    count = sum(1 for flag in flags if flag)
    flags[3] = 2
    return count, sum(1 for flag in flags if flag), sum(flag for flag in flags), [not flag for flag in flags][:4]


@same_as_python
def test_lists_that_elements_elsewhere_read():
    squares = [k * k for k in range(1200)]
    pairs = [(k, k / 2) for k in range(1200)]
    texts = [str(squares[k] + int(pairs[-k][1])) for k in range(0, 1200, 100)]
    squares[100] = "changed"
    return texts, [str(squares[k]) for k in range(0, 300, 100)]


@same_as_python
def test_floats_that_are_not_numbers_stay_what_they_are():
    numbers = [math.inf * (k % 2) if k % 700 == 0 else float(k) for k in range(1400)]
    same = [number for number in numbers if number != number]
    return len(same), sum(1 for number in numbers if number != number), numbers.index(numbers[0])


@same_as_python
def test_tuples_of_one_list_stay_the_same_in_another():
    points = [(k, k * 0.5) for k in range(1500)]
    some = points[:3]
    labels = [sum(1 for point in some if point[0] < k) for k, _ in points]
    return [any(point is each for each in points) for point in some], labels[:5], some[0] is points[0]
