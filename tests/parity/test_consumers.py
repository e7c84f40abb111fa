"""What takes in the elements of comprehensions: all that Python has for it, with errors where Python has them."""

import collections
import functools
import math

from tests.parity.same import same_as_python

NUMBERS = [k * 7919 % 1009 for k in range(300)]


def work(number):
    text = str(number)
    for k in range(number % 5):
        text += str(k * number % 7)
    return text


def divide(number):
    return 1000 // (number - 500)


class Whole:
    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return hash(self.number % 10)

    def __eq__(self, other):
        return self.number % 10 == other.number % 10


@same_as_python
def test_sets():
    texts = {work(number) for number in NUMBERS}
    parts = {(number % 7, work(number)[:1]) for number in NUMBERS if len(work(number)) > 2}
    crossed = {work(a * b) for a in range(40) for b in range(3)}
    objects = {Whole(int(work(number)[:3])) for number in NUMBERS}
    return sorted(texts), sorted(parts), len(crossed), sorted(each.number for each in objects), {abs(number) for number in range(-50, 50)}


@same_as_python
def test_dicts():
    texts = {number: work(number) for number in NUMBERS}
    last = {work(number)[:1]: at for at, number in enumerate(NUMBERS)}
    pairs = {one: work(other) for one, other in zip(NUMBERS, range(900)) if one % 2}
    again = {text: len(work(len(text))) for text in texts.values()}
    return texts, list(last.items()), pairs, again, dict((number, work(number)) for number in NUMBERS)  # noqa: C402 - that is what is tried


@same_as_python
def test_dicts_and_sets_in_functions_of_classes():
    class Table:
        __width = 3

        def rows(self, numbers):
            return {number: work(number) * self.__width for number in numbers}, {work(number) + str(self.__width) for number in numbers}

        letters = {work(k): k for k in range(50)}

    rows, texts = Table().rows(NUMBERS)
    return rows, sorted(texts), Table.letters


@same_as_python
def test_keys_that_cannot_be_keys():
    return {(number, [number] if number == NUMBERS[100] else work(number)): 1 for number in NUMBERS}


@same_as_python
def test_an_error_of_an_element_behind_one_of_a_key():
    seen = []
    try:
        seen.append({[number] if at == 40 else divide(number) for at, number in enumerate(NUMBERS) if at < 60 or divide(500)})
    except TypeError as error:
        seen.append(str(error))
    return seen


@same_as_python
def test_an_element_that_fails():
    return {number: divide(number) for number in range(400, 600)}


@same_as_python
def test_elements_that_change_something():
    seen = []

    def note(number):
        seen.append(number)
        return len(seen)

    numbered = {number: note(number) for number in NUMBERS}
    return numbered, {note(number) for number in NUMBERS}, seen[:3]


@same_as_python
def test_texts():
    return "".join(work(number) for number in NUMBERS), ", ".join(sorted(work(number) for number in NUMBERS)), "-".join(c for c in "abc")


@same_as_python
def test_a_text_of_what_is_no_text():
    return "".join(work(number) if number != NUMBERS[70] else number for number in NUMBERS)


@same_as_python
def test_sums_and_products():
    exact = math.fsum(len(work(number)) / 3 for number in NUMBERS)
    product = math.prod((len(work(number)) for number in NUMBERS[:60]), start=2)
    folded = functools.reduce(lambda a, b: a * 31 % 1_000_003 + b, (len(work(number)) for number in NUMBERS), 7)
    return exact, product, folded, functools.reduce(lambda a, b: a + b, (work(number) for number in NUMBERS)), math.fsum(x for x in [])


@same_as_python
def test_a_fold_that_changes_something():
    seen = []

    def fold(total, text):
        seen.append(len(text))
        return total + len(seen)

    return functools.reduce(fold, (work(number) for number in NUMBERS), 0), sum(seen), seen[:4]


@same_as_python
def test_folds_of_nothing():
    return functools.reduce(lambda a, b: a + b, (work(number) for number in []))


@same_as_python
def test_counters_and_queues():
    counts = collections.Counter(work(number)[:1] for number in NUMBERS)
    return (
        list(counts.items()),
        list(collections.deque((work(number) for number in NUMBERS), maxlen=5)),
        list(collections.Counter().items()),
    )


@same_as_python
def test_others_of_the_same_name():
    class Text:
        def join(self, parts):
            return next(parts), next(parts)

        def reduce(self, start, parts):
            return start + next(parts)

    def dict(parts):  # noqa: A001
        return list(parts)[:2]

    generator = (work(number) for number in NUMBERS)
    first = Text().join(work(number) for number in NUMBERS)
    return first, Text().reduce("+", (work(number) for number in NUMBERS)), dict(work(number) for number in NUMBERS), "".join(generator)


@same_as_python
def test_a_generator_that_was_begun():
    texts = (work(number) for number in NUMBERS)
    return next(texts), "".join(texts), list(texts)
