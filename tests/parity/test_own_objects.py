"""Elements that make objects of their own and change them: generators of random numbers, heaps, queues and arrays."""

import collections
import heapq
import random

import numpy

from tests.parity.same import same_as_python

NUMBERS = [k * 7919 % 1009 for k in range(200)]
GRAPH = {k: [(k * 7 + j * 13) % 60 for j in range(3)] for k in range(60)}


def draw(seed):
    chance = random.Random(seed)
    throws = [chance.random() for _ in range(40)]
    return sum(throws), chance.randint(1, 6), chance.choice("abc"), chance.sample(range(50), 3), chance.gauss(0, 1)


def mix(seed):
    chance = random.Random(seed)
    cards = list(range(20))
    chance.shuffle(cards)
    return cards


def throw(seed):
    chance = numpy.random.default_rng(seed)
    return float(chance.random()), chance.integers(0, 10, 5).tolist(), float(chance.normal(size=3).sum())


def distance(start, graph):
    found, todo = {}, [(0, start)]
    while todo:
        far, node = heapq.heappop(todo)
        if node in found:
            continue
        found[node] = far
        for following in graph[node]:
            heapq.heappush(todo, (far + 1 + following % 3, following))
    return sum(found.values()), len(found)


def walk(start, graph):
    seen, todo = set(), collections.deque([start])
    while todo:
        node = todo.popleft()
        if node not in seen:
            seen.add(node)
            todo.extend(graph[node])
    return len(seen)


def fill(size):
    numbers = numpy.zeros(size % 7 + 3)
    for k in range(len(numbers)):
        numbers[k] = k * size
    counts = collections.Counter()
    counts.update(str(size))
    return numbers.tolist(), counts.most_common(1)


@same_as_python
def test_random_numbers_of_seeds():
    return [draw(seed) for seed in range(60)], sorted(draw(seed)[0] for seed in NUMBERS)[:5], [mix(seed) for seed in range(30)]


@same_as_python
def test_random_numbers_of_numpy():
    return [throw(seed) for seed in range(40)]


@same_as_python
def test_heaps_and_queues():
    return [distance(start, GRAPH) for start in GRAPH], [walk(start, GRAPH) for start in GRAPH]


@same_as_python
def test_arrays_and_counters():
    return [fill(size) for size in NUMBERS]


@same_as_python
def test_one_generator_that_all_elements_share():
    chance = random.Random(5)
    first = [chance.random() for _ in range(50)]
    pairs = [(chance.randint(1, 6), number) for number in NUMBERS[:50]]
    lists = {k: [chance.random() for _ in range(k)] for k in range(6)}
    return first, pairs, lists, chance.random()


@same_as_python
def test_generators_that_elements_of_a_list_bring_along():
    chances = [random.Random(seed) for seed in range(20)]
    return [chance.random() for chance in chances + chances], [chances[k % 3].random() for k in range(30)]


@same_as_python
def test_a_list_of_all_that_elements_shuffle():
    cards = list(range(30))

    def pick(seed):
        random.Random(seed).shuffle(cards)
        return cards[0]

    def deal(seed):
        chance = random.Random(seed)
        chance.shuffle(cards)
        return cards[:2]

    return [pick(seed) for seed in range(40)], [deal(seed) for seed in range(40)], cards


@same_as_python
def test_a_heap_of_all_elements():
    heap = []

    def push(number):
        heapq.heappush(heap, number)
        return heap[0]

    return [push(number) for number in NUMBERS[:60]], heap
