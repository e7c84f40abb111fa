"""What the tests run: as users write it."""


def is_prime(p):
    x = 2
    while x * x <= p:
        if p % x == 0:
            return 0
        x = x + 1
    return 1


def digits(number):
    """Text is not compiled: this runs interpreted."""
    text = str(number * number)
    return len(text) + ord(text[0])


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def count_primes_by_halves(low, high):
    if high - low <= 50_000:
        return count_primes(low, high)
    middle = (low + high) // 2
    return count_primes_by_halves(low, middle) + count_primes_by_halves(middle, high)


def count_primes(low, high):
    count = 0
    while low < high:
        count += is_prime(low)
        low += 1
    return count


def letters(number):
    """Slow for its length, and of a kind that machine code has no types for."""
    counts = {}
    for letter in f"{number:030d}":
        counts[letter] = counts.get(letter, 0) + 1
    return max(counts.values()) + len(counts)


ROUND = 1000  #: after so many numbers `sum_letters` begins anew: its answer is known at once


def sum_letters(stop):
    """Interpreted: a million is about two seconds of one core. `stop` counts whole rounds."""
    return sum(letters(x % ROUND) for x in range(stop))


def expect_letters(stop):
    """What `sum_letters` gives."""
    return stop // ROUND * sum(letters(x) for x in range(ROUND))
