from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import times

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.timezones())  # noqa: DTZ001


def test_time_has_milliseconds_and_z_when_written() -> None:
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

    assert times.to_text(moment) == "2026-03-01T09:30:00.000Z"


def test_time_is_moved_to_utc_when_written_from_another_zone() -> None:
    moment = datetime(2026, 3, 1, 0, 30, 0, 123_999, tzinfo=timezone(timedelta(hours=2)))

    assert times.to_text(moment) == "2026-02-28T22:30:00.123Z"


def test_time_is_refused_when_it_has_no_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        times.to_text(datetime(2026, 3, 1))  # noqa: DTZ001


@given(MOMENTS, MOMENTS)
def test_texts_sort_like_times_when_a_millisecond_apart(first: datetime, second: datetime) -> None:
    texts = times.to_text(first), times.to_text(second)

    assert times.to_datetime(texts[0]) <= first < times.to_datetime(texts[0]) + timedelta(milliseconds=1)
    assert (texts[0] < texts[1]) == (times.to_datetime(texts[0]) < times.to_datetime(texts[1]))


def test_now_is_this_moment_when_asked() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)

    now = times.to_datetime(times.now())

    assert before <= now <= datetime.now(UTC)
