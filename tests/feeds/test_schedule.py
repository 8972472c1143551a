"""When a feed is fetched next."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ConfigError
from dedup.feeds import schedule
from dedup.feeds.http.request import DAY, Fetched
from dedup.feeds.schedule import Rules, Schedule, after, backoff, due, failed, request

URL = "https://example.org/feed"
NEW = "https://example.net/feed"
NOW = 1_900_000_000
HOUR = 3600


def fetched(**changes):
    return Fetched(URL, changes.pop("final_url", URL), **{"status": 200, "body": b"<rss/>", **changes})


def error(text="HTTP 500", **changes):
    return fetched(error=text, body=b"", status=500, **changes)


def test_a_feed_that_was_never_fetched_is_due():
    assert due(Schedule(URL), NOW)
    assert due(Schedule(URL), 0)


def test_a_success_waits_for_the_interval():
    state = after(Schedule(URL), fetched(), NOW)
    assert (state.next_at, state.checked_at, state.failures, state.last_error) == (NOW + 600, NOW, 0, None)
    assert not due(state, NOW)
    assert due(state, NOW + 600)


@pytest.mark.parametrize(
    ("interval", "wait"), [(0, 600), (HOUR, HOUR), (1, 60), (10 * DAY, DAY)], ids=["rules", "own", "short", "long"]
)
def test_the_interval_of_a_feed_is_its_own_within_bounds(interval, wait):
    assert after(Schedule(URL, interval=interval), fetched(), NOW).next_at == NOW + wait


def test_a_job_every_ten_minutes_finds_a_ten_minute_feed_due_each_time():
    state = Schedule(URL)
    for number in range(5):
        start = NOW + 600 * number
        assert due(state, start)
        state = after(state, fetched(), start + 40)
    assert not due(state, NOW + 600 * 4 + 400)


def test_freshness_puts_a_fetch_off_but_not_for_long():
    assert after(Schedule(URL), fetched(cache_seconds=1800), NOW).next_at == NOW + 1800
    assert after(Schedule(URL), fetched(cache_seconds=10), NOW).next_at == NOW + 600
    assert after(Schedule(URL), fetched(cache_seconds=DAY), NOW).next_at == NOW + HOUR
    assert after(Schedule(URL, interval=2 * HOUR), fetched(cache_seconds=DAY), NOW).next_at == NOW + 2 * HOUR


# Failures ------------------------------------------------------------------------------------------------------------


def test_failures_wait_longer_each_time_and_a_success_forgets_them():
    state, waits = Schedule(URL, etag='"v"'), []
    for _ in range(20):
        state = after(state, error(), NOW)
        waits.append(state.next_at - NOW)
    assert all(second > first for first, second in pairwise(waits[:6]))
    assert all(600 * 2**n * 0.75 <= wait <= 600 * 2**n for n, wait in enumerate(waits[:6], 1))
    assert all(DAY * 0.75 <= wait <= DAY for wait in waits[8:])
    assert (state.failures, state.last_error, state.etag) == (20, "HTTP 500", '"v"')
    state = after(state, fetched(), NOW)
    assert (state.failures, state.last_error, state.next_at) == (0, None, NOW + 600)


def test_delays_differ_between_feeds_and_not_between_runs():
    waits = {backoff(Schedule(f"https://example.org/{number}"), 3) for number in range(50)}
    assert len(waits) > 40
    assert backoff(Schedule(URL), 3) == backoff(Schedule(URL), 3)


def test_retry_after_is_a_lower_bound_and_has_a_cap():
    assert after(Schedule(URL), error(retry_after=7200), NOW).next_at == NOW + 7200
    assert after(Schedule(URL), error(retry_after=5), NOW).next_at > NOW + 800
    assert after(Schedule(URL), error(retry_after=10**9), NOW).next_at == NOW + DAY


def test_no_slack_after_a_failure():
    state = after(Schedule(URL), error(retry_after=7200), NOW)
    assert not due(state, NOW + 7199)
    assert due(state, NOW + 7200)


def test_what_is_no_feed_keeps_the_old_validators():
    state = after(Schedule(URL), fetched(etag='"good"'), NOW)
    state = failed(state, "not a feed", NOW + 600)
    assert (state.etag, state.failures, state.last_error) == ('"good"', 1, "not a feed")


def test_gone_is_for_good():
    state = after(Schedule(URL), fetched(error="HTTP 410 Gone", gone=True, status=410), NOW)
    assert (state.gone, state.last_error, state.failures) == (True, "HTTP 410 Gone", 1)
    assert not due(state, NOW + 1000 * DAY)
    assert not due(state, 0)


# Clocks --------------------------------------------------------------------------------------------------------------


def test_a_clock_that_was_wrong_does_not_stop_a_feed():
    state = after(Schedule(URL), fetched(), NOW + 3650 * DAY)
    assert due(state, NOW)
    assert not due(state, NOW + 3650 * DAY)
    assert due(Schedule(URL, next_at=2**62), NOW)


def test_a_clock_that_went_back_a_little_waits_at_most_a_day():
    state = after(Schedule(URL), fetched(), NOW)
    assert not due(state, NOW - HOUR)
    assert due(state, NOW - DAY)


# Validators ----------------------------------------------------------------------------------------------------------


def test_validators_are_those_of_the_newest_body():
    state = after(Schedule(URL), fetched(etag='"1"', last_modified="x", final_url=NEW), NOW)
    asked = request(state)
    assert (asked.url, asked.etag, asked.last_modified, asked.validators_of) == (URL, '"1"', "x", NEW)
    state = after(state, fetched(status=304, body=b"", not_modified=True, last_modified="y", final_url=NEW), NOW)
    assert (state.etag, state.last_modified, state.validators_of) == ('"1"', "y", NEW)
    state = after(state, fetched(etag=None), NOW)
    assert (state.etag, state.last_modified, state.validators_of) == (None, None, URL)


# Moves ---------------------------------------------------------------------------------------------------------------


def moved(state, hours, to=NEW):
    return after(state, fetched(moved_to=to, final_url=to), NOW + hours * HOUR)


def test_a_move_is_believed_after_a_day():
    state = Schedule(URL)
    for hours in (0, 1, 10, 23):
        state = moved(state, hours)
        assert (state.at, request(state).url) == (None, URL)
    state = moved(state, 24)
    assert (state.url, state.at, request(state).url, state.moving_to) == (URL, NEW, NEW, None)


@pytest.mark.parametrize(
    "between",
    [fetched(), error(), fetched(moved_to="https://other.example/")],
    ids=["no redirect", "failure", "elsewhere"],
)
def test_not_if_it_led_elsewhere_in_between(between):
    state = moved(Schedule(URL), 0)
    state = after(state, between, NOW + 12 * HOUR)
    assert moved(state, 25).at is None
    assert moved(moved(state, 25), 49).at == NEW


def test_the_time_starts_anew_when_the_clock_goes_back():
    state = moved(Schedule(URL), 100)
    state = moved(state, 0)
    assert state.moving_since == NOW
    assert state.at is None


def test_a_move_at_once_where_the_rules_say_so():
    assert after(Schedule(URL), fetched(moved_to=NEW), NOW, Rules(settle=0)).at == NEW


def test_a_new_place_that_fails_is_given_up():
    state = Schedule(URL, at=NEW)
    state = failed(failed(state, "x", NOW), "x", NOW)
    assert state.at == NEW
    assert request(failed(state, "x", NOW)).url == URL


def test_moving_back_home():
    assert after(Schedule(URL, at=NEW), fetched(moved_to=URL), NOW, Rules(settle=0)).at is None


# Always --------------------------------------------------------------------------------------------------------------

STATES = st.builds(
    Schedule,
    url=st.text(max_size=20),
    next_at=st.integers(0, 2**40),
    interval=st.integers(0, 10**7),
    failures=st.integers(0, 10**6),
    moving_to=st.sampled_from([None, NEW]),
    moving_since=st.integers(0, 2**40),
)
RESULTS = st.builds(
    fetched,
    error=st.sampled_from([None, "x"]),
    retry_after=st.none() | st.integers(0, 2**40),
    cache_seconds=st.none() | st.integers(0, 2**40),
    moved_to=st.sampled_from([None, NEW]),
)


@given(STATES, RESULTS, st.integers(0, 2**40))
def test_the_next_fetch_is_between_a_minute_and_a_day_away(state, result, now):
    new = after(state, result, now)
    assert 45 <= new.next_at - now <= DAY
    assert due(new, new.next_at)
    assert not due(new, now)
    assert (new.failures == 0) == (result.error is None)
    assert new.url == state.url


@pytest.mark.parametrize(
    "rules", [{"interval": 10}, {"interval": 2 * DAY}, {"shortest": 0}, {"settle": -1}, {"freshest": -1}]
)
def test_rules_that_cannot_be(rules):
    with pytest.raises(ConfigError):
        Rules(**rules)


def test_it_knows_no_clock():
    assert not {"time", "datetime", "random"} & set(vars(schedule))
