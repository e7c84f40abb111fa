"""Loops over numbers: what the compiled tier is for."""

import math

from tests.parity import helpers
from tests.parity.same import same_as_python

N = 1000


def is_prime(p):
    x = 2
    while x * x <= p:
        if p % x == 0:
            return 0
        x = x + 1
    return 1


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def escape(cr, ci, limit):
    zr, zi = 0.0, 0.0
    for turn in range(limit):
        if zr * zr + zi * zi > 4.0:
            return turn
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
    return limit


@same_as_python
def test_a_sum_of_squares():
    return sum(x * x for x in range(N))


@same_as_python
def test_a_sum_over_a_skewed_range():
    return sum(is_prime(n) for n in range(10_000))


@same_as_python
def test_a_sum_beyond_64_bits():
    return sum(x**5 for x in range(100_000))


@same_as_python
def test_elements_beyond_64_bits():
    return [x**21 for x in range(12)]


@same_as_python
def test_an_element_that_leaves_64_bits_in_the_middle():
    return sum(3**x for x in range(60))


@same_as_python
def test_a_product_that_leaves_64_bits_inside_a_function():
    def power(x):
        result = 1
        for _ in range(10):
            result = result * x
        return result

    return sum(power(x) for x in range(300))


@same_as_python
def test_negative_operands_of_floor_division_and_remainder():
    return [(a // b, a % b) for a in range(-7, 8) for b in (-3, -1, 2, 5)]


@same_as_python
def test_remainders_of_negative_numbers_in_a_loop():
    return sum((x % 7) * (x // 7) for x in range(-500, 500))


@same_as_python
def test_true_division_of_large_ints():
    return [(2**53 + x) / 3 for x in range(100)]


@same_as_python
def test_comparing_ints_and_floats_near_2_to_53():
    limit = 2.0**53
    return sum(1 for x in range(2**53 - 50, 2**53 + 50) if x > limit)


@same_as_python
def test_a_negative_power():
    return [2**x for x in range(-5, 5)]


@same_as_python
def test_float_powers():
    return [x**0.5 for x in range(N)]


@same_as_python
def test_shifts_and_masks():
    return sum((x << 3) ^ (x >> 2) & 0xFF | 1 for x in range(N))


@same_as_python
def test_a_shift_that_leaves_64_bits():
    return [1 << x for x in range(70)]


@same_as_python
def test_a_linear_congruential_generator():
    def draw(seed):
        for _ in range(5):
            seed = (seed * 1103515245 + 12345) % 2**31
        return seed

    return sum(draw(seed) for seed in range(N))


@same_as_python
def test_sines():
    return sum(math.sin(x) for x in range(N))


@same_as_python
def test_sines_of_large_numbers():
    return [math.sin(x * 1e17) for x in range(200)]


@same_as_python
def test_other_functions_of_math():
    return [math.exp(-x) + math.log(x + 1) + math.atan2(x, 3) + math.sqrt(x) + math.tanh(x) for x in range(200)]


@same_as_python
def test_floor_and_ceil_are_ints():
    return [math.floor(x / 3) - math.ceil(x / 7) for x in range(-100, 100)]


@same_as_python
def test_a_domain_error():
    return [math.sqrt(5 - x) for x in range(10)]


@same_as_python
def test_the_logarithm_of_zero():
    return sum(math.log(10 - x) for x in range(20))


@same_as_python
def test_an_exponential_that_overflows():
    return [math.exp(x * 100) for x in range(10)]


@same_as_python
def test_division_by_zero_in_the_middle():
    return [100 // (x - 50) for x in range(100)]


@same_as_python
def test_float_division_by_zero():
    return sum(1.0 / (x - 7.0) for x in range(100))


@same_as_python
def test_the_first_of_two_errors():
    def risky(x):
        if x == 700:
            raise ValueError(x)
        if x == 300:
            raise KeyError(x)
        return x

    return sum(risky(x) for x in range(N))


@same_as_python
def test_float_remainders():
    return [(x * 0.37) % -0.11 for x in range(-50, 50)]


@same_as_python
def test_float_floor_division():
    return [(x * 1.7) // 0.3 for x in range(-50, 50)]


@same_as_python
def test_rounding_half_to_even():
    return [round(x / 2) for x in range(-20, 20)]


@same_as_python
def test_rounding_to_digits():
    return [round(x / 7, 3) for x in range(50)]


@same_as_python
def test_truncating_floats():
    return [int(x / 3) for x in range(-20, 20)]


@same_as_python
def test_infinity_to_int():
    return [int(x * 1e308) for x in range(3)]


@same_as_python
def test_a_sum_of_floats_that_cancel():
    return sum(x * 1e16 if x % 2 else x * -1e16 + 0.1 for x in range(N))


@same_as_python
def test_a_sum_of_tenths():
    return sum(0.1 for _ in range(N))


@same_as_python
def test_a_sum_of_ints_and_floats():
    return sum(x if x % 2 else x / 2 for x in range(N))


@same_as_python
def test_a_sum_of_bools():
    return sum(x % 3 == 0 for x in range(N))


@same_as_python
def test_an_empty_sum_of_floats():
    return sum(x * 0.5 for x in range(0))


@same_as_python
def test_a_sum_with_a_start():
    return sum((x for x in range(N)), 0.5)


@same_as_python
def test_infinities_and_nan_in_a_sum():
    return sum(float("inf") if x == 3 else 1.0 for x in range(10))


@same_as_python
def test_minimum_and_maximum():
    return min(x * x - 40 * x for x in range(N)), max(collatz(x) for x in range(1, N))


@same_as_python
def test_the_minimum_of_nothing():
    return min(x for x in range(0))


@same_as_python
def test_a_minimum_with_a_default():
    return min((x for x in range(0)), default=7)


@same_as_python
def test_a_maximum_by_key():
    return max((x for x in range(1, N)), key=collatz)


@same_as_python
def test_the_nan_of_a_sum_is_an_object_of_its_own():
    nans = [sum([x, -x]) for x in [math.inf, math.inf]]
    return nans[0] is nans[1], nans[0] in nans[1:], math.nan in nans, len(set(nans))


@same_as_python
def test_the_minimum_among_nan():
    return min(float("nan") if x == 5 else -x * 1.0 for x in range(10))


@same_as_python
def test_zeros_of_both_signs():
    return max(-0.0 if x else 0.0 for x in range(5)), min(0.0 if x else -0.0 for x in range(5))


@same_as_python
def test_any_stops_before_an_error():
    return any(x == 5 or 1 // (x - 50) > 10 for x in range(N))


@same_as_python
def test_any_meets_an_error_first():
    return any(1 // (x - 5) > 100 or x == 900 for x in range(N))


@same_as_python
def test_all_of_them():
    return all(x * x >= x for x in range(N)), all(is_prime(x) for x in range(2, 100))


@same_as_python
def test_filters():
    return [x for x in range(N) if x % 7 == 3 if is_prime(x)]


@same_as_python
def test_bools_in_a_list():
    return [x % 2 == 0 for x in range(50)]


@same_as_python
def test_ints_and_floats_in_a_list():
    return [x if x % 2 else x * 0.5 for x in range(50)]


@same_as_python
def test_two_clauses():
    return sum(x * y for x in range(60) for y in range(x))


@same_as_python
def test_a_nested_sum():
    return sum(sum(i * j for j in range(i)) for i in range(80))


@same_as_python
def test_a_nested_float_sum():
    return sum(sum(math.sin(i * j) for j in range(1, i)) for i in range(3, 60))


@same_as_python
def test_a_nested_sum_that_is_sometimes_empty():
    return [sum(0.5 for j in range(i)) for i in range(5)]


@same_as_python
def test_a_sum_over_a_list_of_floats():
    values = [x / 7 for x in range(N)]
    return sum(v * v for v in values)


@same_as_python
def test_a_list_of_ints_looked_up():
    table = [x * 3 % 17 for x in range(100)]
    return sum(table[x % 100] + table[-1 - x % 50] for x in range(N))


@same_as_python
def test_an_index_out_of_range():
    table = [x for x in range(100)]
    return sum(table[x] for x in range(N))


@same_as_python
def test_captured_numbers():
    scale, offset = 2.5, 7
    return [x * scale + offset for x in range(100)]


@same_as_python
def test_a_captured_int_beyond_64_bits():
    big = 10**30
    return sum(x + big for x in range(100))


@same_as_python
def test_a_captured_function():
    def twice(x):
        return 2 * x

    return [twice(twice(x)) for x in range(100)]


@same_as_python
def test_a_lambda():
    add = lambda a, b=10: a + b  # noqa: E731
    return sum(add(x) + add(x, 1) for x in range(100))


@same_as_python
def test_greatest_common_divisors():
    return sum(gcd(x, 360) for x in range(N))


@same_as_python
def test_a_mandelbrot_row():
    return [escape(-2.0 + x * 0.03, 0.3, 80) for x in range(100)]


@same_as_python
def test_chained_comparisons():
    return sum(1 for x in range(N) if 10 < x <= 500 != x)


@same_as_python
def test_conditions_on_ints_and_floats():
    return [1 if (x and x * 0.5) or not x else 0 for x in range(10)]


@same_as_python
def test_a_long_range_with_a_step():
    return sum(x for x in range(10**12, 10**12 - 7000, -7))


@same_as_python
def test_a_range_beyond_64_bits():
    return [x for x in range(2**64, 2**64 + 5)]


@same_as_python
def test_complex_numbers():
    return sum(complex(x, -x) * 1j for x in range(100))


@same_as_python
def test_divmod_and_abs():
    return [divmod(x, 7)[0] + abs(x - 50) for x in range(100)]


@same_as_python
def test_a_variable_that_is_int_then_float():
    def f(x):
        y = 0
        for i in range(x):
            y = y + i * 0.5
        return y

    return [f(x) for x in range(6)]


@same_as_python
def test_a_loop_with_else():
    def f(n):
        for d in range(2, n):
            if n % d == 0:
                break
        else:
            return 1
        return 0

    return [f(x) for x in range(50)]


@same_as_python
def test_the_smallest_int_of_64_bits_as_text():
    return [min(x, -9223372036854775808) + x for x in range(50)]


@same_as_python
def test_parameters_that_are_changed():
    def walk(a, b, turns):
        for turn in range(turns):
            a += b * turn
            b -= a / 3
            turns //= 2
        return a, b

    return sum(walk(x, 0.5, 9)[0] for x in range(500)), [walk(x, 2, x % 7)[1] for x in range(100)]


@same_as_python
def test_a_changed_parameter_that_is_a_list_after_all():
    def grow(items, more):
        items += more
        return len(items)

    shared = [[1], [2, 3]]
    return [grow(list(shared[x % 2]), [x]) for x in range(40)], sum(grow(list(shared[x % 2]), [x]) for x in range(40))


@same_as_python
def test_an_int_that_no_float_holds_among_floats():
    return sum([1.5, 10**400])


@same_as_python
def test_ints_beyond_every_float_that_cancel_before_the_first_float():
    return sum([10**400, -(10**400), 0.5])


@same_as_python
def test_a_sum_of_floats_beyond_the_largest():
    return sum([1e308 for x in range(3)]), sum(-1e308 for x in range(40))


@same_as_python
def test_functions_and_numbers_of_the_users_own_module():
    return sum(helpers.root(x) for x in range(N)), [helpers.steps(x) * helpers.SCALE for x in range(100)]


@same_as_python
def test_a_loop_in_a_function_that_is_just_called():
    return helpers.steps(27), [helpers.steps(n) for n in (6, 7, 9)], escape(0.1, 0.2, 500), gcd(1071, 462)


@same_as_python
def test_a_loop_that_leaves_64_bits_in_a_function_that_is_just_called():
    def factorial(n):
        result = 1
        for i in range(2, n + 1):
            result *= i
        return result

    return factorial(10), factorial(30), factorial(0)


@same_as_python
def test_loops_that_return_different_types():
    def f(n):
        total = 0
        for i in range(n):
            total = total + i / 2
        return total

    def g(n):
        for i in range(n):
            if i == 3:
                return True
        return None

    return f(0), f(3), g(2), g(9)


@same_as_python
def test_a_loop_that_raises():
    def f(n):
        for i in range(n):
            if i * i == 49:
                raise KeyError(i)
        return n

    return f(5), f(100)


@same_as_python
def test_a_loop_over_a_list_argument():
    def total(numbers, start=0):
        for number in numbers:
            start = start + number
        return start

    return total([1, 2, 3]), total([0.5, 0.25]), total([1, 2.5]), total([], 7), total(["a"], "b"), total([2**70])


@same_as_python
def test_constants_that_python_folds_to_nan():
    def f(x):
        return 1e308 * 10 % 3.0 + x

    return f(1), (lambda x: 1e308 * 10 - 1e308 * 10 + x)(1), [f(x) for x in range(40)]


@same_as_python
def test_powers_of_constants():
    return [(2**3, 2**31, 3**5, (-2) ** 7, 2**62, 10**18, 7**0, 5**1)[x % 1] for x in range(40)], [
        sum(3**7 + x for x in range(40)),
        sum(2**31 % (x + 1) for x in range(400)),
        [2**63 for x in range(40)],
        [(-2) ** 63 for x in range(40)],
        [x % 2**31 for x in range(2**31 - 20, 2**31 + 20)],
    ]
