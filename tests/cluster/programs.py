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
