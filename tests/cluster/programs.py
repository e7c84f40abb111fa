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


def tree_sum(low, high):
    """Text is not compiled: this runs interpreted."""
    if high - low <= 50_000:
        return sum_digits(low, high)
    middle = (low + high) // 2
    return tree_sum(low, middle) + tree_sum(middle, high)


def sum_digits(low, high):
    total = 0
    while low < high:
        total += digits(low)
        low += 1
    return total
