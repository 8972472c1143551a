import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text.numbers import NumberKind, find_numbers
from tests.cost import costs_at_most


def only(text):
    (number,) = find_numbers(text)
    return number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200", 1200), ("1200", 1200), ("1.2 million", 1.2e6), ("1.2m", 1.2e6), ("two", 2), ("Two", 2),
        ("twenty-five", 25), ("twenty five", 25), ("two hundred and fifty-three", 253), ("a hundred", 100),
        ("half a million", 5e5), ("three thousand five hundred", 3500), ("one-billion", 1e9), ("12.5", 12.5),
        ("3rd", 3), ("third", 3), ("twenty-first", 21), ("10\u202f000", 10000), ("-5", -5), ("2016", 2016),
    ],
)  # fmt: skip
def test_values(text, value):
    number = only(f"It was {text} again")
    assert number.value == pytest.approx(value)
    assert f"It was {text} again"[number.start : number.end] == text


@pytest.mark.parametrize("text", ["$5bn", "$5 billion", "US$5bn", "5 billion dollars", "$5,000,000,000"])
def test_money_is_the_same_however_it_is_written(text):
    number = only(f"about {text} in all")
    assert (number.kind, number.value, number.unit) == (NumberKind.MONEY, 5e9, "$")


@pytest.mark.parametrize("text", ["45%", "45 %", "45 per cent", "45 percent", "forty-five percent"])
def test_percentages(text):
    number = only(f"some {text} of them")
    assert (number.kind, number.value) == (NumberKind.PERCENT, 45)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("4 July 2025", (2025, 7, 4)), ("July 4, 2025", (2025, 7, 4)), ("July 4", (0, 7, 4)),
        ("4th of July", (0, 7, 4)), ("Sept. 12", (0, 9, 12)), ("2025-07-04", (2025, 7, 4)), ("May 2016", (2016, 5, 0)),
    ],
)  # fmt: skip
def test_dates(text, date):
    number = only(f"on {text} they met")
    assert (number.kind, number.date) == (NumberKind.DATE, date)


@pytest.mark.parametrize(
    ("text", "time_"), [("6.30pm", (18, 30)), ("6:30 p.m.", (18, 30)), ("18:30", (18, 30)), ("12 a.m.", (0, 0))]
)
def test_times(text, time_):
    assert only(f"at {text} they met").date == (*time_, -1)


@pytest.mark.parametrize(
    "text", ["an F-16 flew", "Covid-19 came", "the G7 met", "a phone", "tense often onerous seventh-inning sixpence"]
)
def test_names_are_no_numbers(text):
    assert [number for number in find_numbers(text) if number.kind != NumberKind.ORDINAL] == []


def test_agreement():
    def agree(a, b):
        return only(a).agrees(only(b))

    assert agree("4 July 2025", "July 4") and agree("two", "2") and agree("1.2 million", "1,200,000")
    assert not agree("4 July", "5 July") and not agree("539", "550") and not agree("6pm", "7pm")


@pytest.mark.parametrize(
    "text",
    ["one " * 50_000, "1," * 50_000, "1" * 100_000, "two hundred and " * 20_000, "July " * 50_000, "$" * 100_000,
     "1.1" * 50_000, "half a " * 50_000, "1 " * 50_000, "- " * 50_000],
)  # fmt: skip
def test_hostile_texts_cost_linear_time(text):
    with costs_at_most(150):
        find_numbers(text)


@given(st.text(st.sampled_from(list("0123456789.,:- $€%abJuly twohundred\n")), max_size=60))
def test_numbers_do_not_overlap(text):
    numbers = find_numbers(text)
    ends = [0, *(number.end for number in numbers)]
    assert all(end <= number.start < number.end <= len(text) for end, number in zip(ends, numbers, strict=False))
    assert all(number.value is not None or number.date is not None for number in numbers)


@given(st.integers(0, 10**9))
def test_thousands_are_the_same_with_commas(value):
    assert only(f"x {value:,} y").value == only(f"x {value} y").value == value


@pytest.mark.parametrize(
    "text", ["Some 14,000 came", "Over 14,000 came", "(14,000) came", "(-14,000) came", "a 14,000 b"]
)
def test_what_only_begins_like_a_number_hides_none(text):
    assert abs(only(text).value) == 14000


def test_which_numbers_are_years():
    kinds = {text: only(f"in {text} again").kind for text in ("1499", "1500", "1999", "2100", "2101", "999", "01600")}
    assert [text for text, kind in kinds.items() if kind == NumberKind.YEAR] == ["1500", "1999", "2100"]


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("4 July 2025", "2025", True), ("4 July 2025", "2024", False), ("4 July", "4", True),
        ("4 July 2025", "2,025", True),
        ("4 July 2025", "May 2025", False), ("July 2025", "4 July 2025", True), ("6pm", "18:00", True),

        ("0:30", "12:30 a.m.", True), ("1:30", "6:30", False), ("4 July", "4th", True), ("45%", "45", True),
    ],
)  # fmt: skip
def test_numbers_that_may_say_the_same(one, two, expected):
    assert only(f"at {one} again").agrees(only(f"at {two} again")) is expected
    assert only(f"at {two} again").agrees(only(f"at {one} again")) is expected


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("€3 million", 3e6, "€"), ("5 euros", 5, "€"), ("7 pounds", 7, "£"), ("9 crowns", 9, "crown"),
        ("$1,200.50", 1200.5, "$"),
        ("12 dlrs", 12, "$"), ("£2k", 2000, "£"), ("A$4", 4, "$"), ("3 yen", 3, "yen"),
    ],
)  # fmt: skip
def test_units_of_money(text, value, unit):
    number = only(f"about {text} in all")
    assert (number.kind, number.value, number.unit) == (NumberKind.MONEY, value, unit)
