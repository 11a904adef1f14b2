import argparse
from datetime import UTC, datetime, timedelta

import pytest

from orderflow_cli import times


def test_time_in_another_zone_is_converted_to_utc() -> None:
    assert times.parse_time("2026-11-23T09:00:00+01:00") == datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize(("text", "age"), [("45m", timedelta(minutes=45)), ("2d", timedelta(days=2))])
def test_age_is_subtracted_from_the_current_time(text: str, age: timedelta) -> None:
    assert abs(times.now() - age - times.parse_time(text)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yesterday", "must be a time such as .*; got yesterday"),
        ("", "must be a time .*; got nothing"),
        ("2026-11-23T08:00:00", "must have a time zone"),
        ("9999999h", "must be a time .*; got 9999999h"),
    ],
)
def test_invalid_time_is_rejected(text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=message):
        times.parse_time(text)


def test_age_is_rounded() -> None:
    for seconds, message in {7: "7 s", 600: "10 min", 9_000: "2.5 h", 172_800: "2.0 d"}.items():
        assert times.age(times.now() - timedelta(seconds=seconds + 0.2)) == message
