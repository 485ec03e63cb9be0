"""Numbers as a person reads them."""

import math

import pytest

from gan_bench.analysis.intervals import Interval
from gan_bench.report.numbers import (
    Entry,
    counted,
    duration,
    entry,
    flattened,
    interval_ends,
    measured,
    number,
)

MINUS, EN = "\N{MINUS SIGN}", "\N{EN DASH}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345, "0.123"),
        (123.456, "123"),
        (1234.5, "1,234"),
        (8.0, "8"),
        (1e-5, "1.00 \N{MULTIPLICATION SIGN} 10⁻⁵"),
        (-0.5, f"{MINUS}0.500"),
        (math.nan, EN),
        (None, EN),
        (math.inf, "∞"),
        (0.0, "0"),
        (99999.5, "100,000"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_shares_are_per_cent():
    assert measured(0.98889, "share") == "98.9 %"
    assert interval_ends(Interval(0.5, 0.4, 0.625, 8), "share") == "[40.0, 62.5] %"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.0007543, 0.00905, "[0.00075, 0.00905]"),
        (0.899, 1.219, "[0.90, 1.22]"),
        (-0.02, 0.5, f"[{MINUS}0.020, 0.500]"),
        (0.0, 3.0, "[0.00, 3.00]"),
        (1e-4, 250.0, "[0.000100, 250]"),
    ],
)
def test_both_ends_of_an_interval_have_the_same_decimals(low, high, text):
    assert interval_ends(Interval(0.1, low, high, 8)) == text


def test_an_interval_that_is_missing_says_why():
    assert interval_ends(Interval(0.5, None, None, 1, "one seed, no interval")) == "one seed, no interval"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.5, "0.50 s"), (42.4, "42 s"), (192.0, "3 min 12 s"), (7500.0, "2 h 5 min")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_counted():
    assert (counted(1, "seed"), counted(2, "seed"), counted(0, "seed")) == ("1 seed", "2 seeds", "0 seeds")


def test_flattened_keeps_order_and_depth():
    data = {"a": {"b": 1, "c": [1, {"d": 0.1}]}, "e": None, "f": {}}
    assert flattened(data) == [("a.b", "1"), ("a.c", "1; d 0.1"), ("e", EN), ("f", EN)]


@pytest.mark.parametrize(
    ("low", "high", "margins", "text"),
    [
        (1.0032, 1.152, (), "[1.00, 1.15]"),
        (1.0032, 1.152, (1.0,), "[1.003, 1.152]"),
        (1.0, 1.152, (1.0,), "[1.00, 1.15]"),
        (-0.5004, 0.2, (-0.5,), f"[{MINUS}0.5004, 0.2000]"),
        (0.99999, 1.2, (1.0,), "[0.99999, 1.20000]"),
        # What differs less than six digits show is left as it is.
        (1.00000001, 1.2, (1.0,), "[1.00000, 1.20000]"),
        (1.1, math.inf, (1.0,), "[1.10, ∞]"),
        (1e-7, 1.0, (1e-7,), "[1.00 \N{MULTIPLICATION SIGN} 10⁻⁷, 1]"),
    ],
)
def test_an_end_does_not_read_like_the_margin_that_it_is_held_against(low, high, margins, text):
    assert interval_ends(Interval(1.0, low, high, 5), margins=margins) == text


def test_entries_sort_by_their_number():
    assert entry(math.nan) == Entry(EN, None)
    assert entry(0.25, "share") == Entry("25.0 %", 0.25)
    assert entry(math.inf) == Entry("∞", math.inf)
