"""Programs whose elements change something by hooks of classes: they run in order, and give what Python gives."""

from tests.ufora.runtime.here import same_here


class Watched:
    def __init__(self, seen):
        self.seen = seen

    def note(self):
        self.seen.append(1)
        return len(self.seen)


@same_here
def test_iter_that_counts():
    class Counting(Watched):
        def __iter__(self):
            return iter([self.note()])

    counting = Counting([])
    return [sum(counting) for x in range(99)], [y for x in range(9) for y in counting]


@same_here
def test_getitem_len_bool_contains_eq_hash_and_call_that_count():
    class Counting(Watched):
        def __getitem__(self, i):
            return self.note()

        def __len__(self):
            return self.note()

        def __bool__(self):
            return self.note() % 2 == 0

        def __contains__(self, x):
            return self.note() % 3 == 0

        def __eq__(self, other):
            return self.note() % 5 == 0

        def __hash__(self):
            return self.note()

        def __call__(self, x):
            return self.note()

        def __format__(self, spec):
            return str(self.note())

    c = Counting([])
    return (
        [c[x] for x in range(40)],
        [len(c) for x in range(40)],
        [1 if c else 0 for x in range(40)],
        [x in c for x in range(40)],
        [c == x for x in range(40)],
        [hash(c) for x in range(40)],
        [c(x) for x in range(40)],
        [f"{c}" for x in range(40)],
    )


@same_here
def test_a_context_manager_that_counts():
    class Counting(Watched):
        def __enter__(self):
            return self.note()

        def __exit__(self, *problem):
            return None

    c = Counting([])

    def enter(x):
        with c as n:
            return n

    return [enter(x) for x in range(99)]


@same_here
def test_descriptors_and_attribute_hooks_that_count():
    class Field:
        def __init__(self, seen):
            self.seen = seen

        def __get__(self, owner, cls):
            self.seen.append(1)
            return len(self.seen)

    class Thing:
        field = Field([])

        def __init__(self):
            self.seen = []

        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            self.seen.append(name)
            return len(self.seen)

    thing = Thing()
    return [thing.field for x in range(99)], [thing.other for x in range(99)]


@same_here
def test_a_setter_that_counts():
    seen = []

    class Thing:
        @property
        def x(self):
            return 1

        @x.setter
        def x(self, value):
            seen.append(value)

    def put(n):
        thing = Thing()
        thing.x = n
        return len(seen)

    return [put(x) for x in range(99)]


@same_here
def test_an_inherited_method_that_counts():
    class Base:
        seen = []

        def put(self, x):
            self.seen.append(x)
            return len(self.seen)

    class Derived(Base):
        def put(self, x):
            return super().put(x)

    return [Derived().put(x) for x in range(99)]


@same_here
def test_key_functions_that_count():
    seen = []

    def key(x):
        seen.append(x)
        return len(seen)

    return [max([1, 2, x], key=key) for x in range(99)], [sorted([3, x], key=lambda v: seen.append(v) or len(seen)) for x in range(9)]


@same_here
def test_filters_that_count():
    seen = []
    return [x for x in range(99) if not seen.append(x) and len(seen) % 2], [
        list(filter(lambda v: seen.append(v) or len(seen) % 2, [x])) for x in range(9)
    ]
