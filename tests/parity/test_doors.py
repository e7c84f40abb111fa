"""Changes to objects of the program's own, at places that meet many types; formats, builtins and calls that nothing stands before."""

from collections import Counter, defaultdict, deque

from tests.parity.same import same_as_python

WORDS = [f"word{number * number % 997}" for number in range(20_000)]


class Account:
    def __init__(self, owner):
        self.owner = owner
        self.balance = 0
        self.history = []

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)
        return self.balance


class Saver(Account):
    def __init__(self, owner, bonus):
        super().__init__(owner)
        self.bonus = bonus

    def deposit(self, amount):
        self.bonus += self.bonus
        return super().deposit(amount)


class Counted:
    """What is read says so."""

    def __init__(self):
        self.log = []
        self._items = []

    @property
    def items(self):
        self.log.append("read")
        return self._items


class Summed(list):
    def __iadd__(self, other):
        self.append(sum(other))
        return self


@same_as_python
def test_objects_of_a_class_and_of_a_class_below_it():
    accounts = [Account("a"), Saver("b", [1]), Saver("c", "x"), Account("d")]
    given = [1, 2.5, 2**70, True]
    return [(each.deposit(amount), each.deposit(amount)) for each in accounts for amount in given], accounts[1].bonus, accounts[2].bonus


@same_as_python
def test_one_place_that_changes_objects_of_many_types():
    account = Account("a")
    seen = []
    for start, more in ((0, 1), (0.5, 2), ("a", "b"), ([1], [2]), ((1,), (2,)), (Summed([1]), [2, 3]), (Counter("a"), Counter("ab"))):
        account.balance = start
        account.deposit(more)
        seen.append((start, account.balance, account.balance is start))
    return seen, account.history


@same_as_python
def test_containers_of_many_kinds_found_on_the_way():
    kept = {"list": [], "deque": deque(maxlen=2), "summed": Summed()}
    for number in range(12):
        for name in kept:
            kept[name].append(number)
        kept.setdefault(number % 3, {}).setdefault("inner", []).append(number)
        kept[number % 3]["count"] = kept[number % 3].get("count", 0) + 1
        kept[number % 3]["inner"][-1] += 100
    return kept


@same_as_python
def test_what_stands_on_both_sides_of_a_change():
    counted = Counted()
    for number in range(5):
        counted.items.append(number)
    counted.items.append(counted.items.pop() + counted.items.pop(0))
    counted.items[counted.items.pop()] = counted.items.pop(0)
    return counted._items, len(counted.log)


@same_as_python
def test_a_default_dictionary_of_lists():
    groups = defaultdict(list)
    for word in WORDS[:300]:
        groups[word[-1]].append(word)
        groups[word[-1]] += [len(word)]
    return dict(groups)


@same_as_python
def test_an_augmented_list_and_what_is_added():
    names = ["a"]
    also = names
    for more in ("bc", ("d",), {"e": 1}, [name.upper() for name in names], range(2)):
        names += more
    return names, also is names


@same_as_python
def test_formats_that_are_written_out_and_others():
    account = Account("ann")
    form = "{0.owner:>{1}}"
    texts = ["{0.owner}|{0.balance:{1}}|{{}}".format(account, ".2f"), form.format(account, 8), "{a[0]}".format_map({"a": "xy"})]
    for bad in ("{", "{0.nothing}"):
        try:
            texts.append(bad.format(account))
        except (ValueError, AttributeError) as error:
            texts.append(str(error))
    return texts, "{0.nothing.at.all}" in texts


@same_as_python
def test_builtins_by_other_meanings():
    def inner(max, sorted):
        return max(1, 2), sorted({3: 4}), min(5, 6)

    own = {3: "c", 1: "a"}
    return (
        inner(lambda *given: given, list),
        max(1, 2.0),
        max("b", "a", key=ord),
        min([3], [2]),
        sorted(own),
        sorted(own.items(), reverse=True),
    )


@same_as_python
def test_a_word_count_in_parts():
    def count(words):
        counts = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        return counts

    parts = [count(WORDS[at : at + 1000]) for at in range(0, len(WORDS), 1000)]
    total = {}
    for part in parts:
        for word, number in part.items():
            total[word] = total.get(word, 0) + number
    return total, len(parts)


@same_as_python
def test_recursion_over_tuples_whose_variables_calls_hold():
    def insert(tree, key):
        if tree is None:
            return (None, key, None)
        left, here, right = tree
        return (insert(left, key), here, right) if key < here else (left, here, insert(right, key))

    def depth(tree):
        if tree is None:
            return 0
        left, _, right = tree
        first = depth(left)
        second = depth(right)
        return 1 + max(first, second)

    tree = None
    for number in range(60):
        tree = insert(tree, number * 37 % 61)
    return depth(tree), tree


@same_as_python
def test_a_variable_of_two_calls_that_has_no_value_yet():
    def both(f, g, knows):
        if knows:
            value = 3
        return f(1) + g(value)

    called = []

    def note(value):
        called.append(value)
        return value

    try:
        both(note, note, knows=False)
    except UnboundLocalError as error:
        return called, both(note, note, knows=True), str(error)
    return "no error"
