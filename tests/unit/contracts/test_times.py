from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import times

DATETIMES = st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.timezones())  # noqa: DTZ001
HALF_PAST_NINE = "2026-03-01T09:30:00.000Z"


def test_time_is_converted_to_utc() -> None:
    local_time = datetime(2026, 3, 1, 0, 30, 0, 123_999, tzinfo=timezone(timedelta(hours=2)))

    assert times.to_text(local_time) == "2026-02-28T22:30:00.123Z"


def test_time_without_a_zone_is_rejected() -> None:
    with pytest.raises(ValueError, match="time zone"):
        times.to_text(datetime(2026, 3, 1))  # noqa: DTZ001


@given(DATETIMES, DATETIMES)
def test_time_texts_sort_chronologically(first: datetime, second: datetime) -> None:
    texts = times.to_text(first), times.to_text(second)

    assert times.to_datetime(texts[0]) <= first < times.to_datetime(texts[0]) + timedelta(milliseconds=1)
    assert (texts[0] < texts[1]) == (times.to_datetime(texts[0]) < times.to_datetime(texts[1]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((f"2026-03-01{text}", HALF_PAST_NINE) for text in ("T09:30:00Z", "t09:30:00z", "T09:30:00-00:00")),
        ("2026-03-01T10:30:00+01:00", HALF_PAST_NINE),
        ("2026-03-01T00:00:00.5+23:59", "2026-02-28T00:01:00.500Z"),
        ("2026-03-01T09:30:00.123456789Z", "2026-03-01T09:30:00.123Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2017-01-01T00:59:60.999+01:00", "2017-01-01T00:00:00.000Z"),
        ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"),
    ],
)
def test_rfc_3339_time_is_parsed(text: str, expected: str) -> None:
    assert times.to_text(times.from_rfc3339(text)) == expected


INVALID_TIMES = [
    "", "2026-03-01", "2026-03-01T09:30:00", "2026-03-01 09:30:00Z", "2026-03-01T09:30Z", "20260301T093000Z",
    "2026-W09-7T09:30:00Z", "2026-03-01T09:30:00,5Z", "2026-03-01T09:30:00.Z", "2026-03-01T09:30:61Z",
    "2026-03-01T24:00:00Z", "2026-03-01T09:30:00+24:00", "2026-03-01T09:30:00+0100", "2026-02-30T09:30:00Z",
    "2026-03-01T09:30:00Z\n", "٢٠٢٦-03-01T09:30:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:60Z",
    "2026-03-01T09:30:60Z", "2026-03-30T23:59:60Z", "2016-12-31T23:59:60+01:00",
]  # fmt: skip


@pytest.mark.parametrize("text", INVALID_TIMES)
def test_malformed_or_unsupported_time_is_rejected(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        times.from_rfc3339(text)
