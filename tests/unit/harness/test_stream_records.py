"""The reader of the harness against the errors that GetRecords documents.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.harness.stream_records import RENEWALS, StreamReader, sequence_number


class Stream:
    """One shard; `oldest` is the first sequence number that is still kept. Iterators are the next number, as text."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.oldest = 0
        self.refusals: list[str] = []
        self.asked: list[tuple[str, str | None]] = []

    def describe_stream(self, **asked: Any) -> dict[str, Any]:
        return {"StreamDescription": {"Shards": [{"ShardId": "shard-1"}]}}

    def get_shard_iterator(self, **asked: Any) -> dict[str, str]:
        kind, after = asked["ShardIteratorType"], asked.get("SequenceNumber")
        self.asked.append((kind, after))
        if kind == "AFTER_SEQUENCE_NUMBER":
            if int(after) < self.oldest:
                raise error("TrimmedDataAccessException")
            return {"ShardIterator": str(int(after) + 1)}
        return {"ShardIterator": str(self.oldest)}

    def get_records(self, **asked: Any) -> dict[str, Any]:
        if self.refusals:
            raise error(self.refusals.pop(0))
        start = int(asked["ShardIterator"])
        if start < self.oldest:
            raise error("TrimmedDataAccessException")
        found = [number for number in self.numbers if number >= start]
        return {"Records": [record(number) for number in found], "NextShardIterator": str(max([start - 1, *found]) + 1)}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as documented"}}, "GetRecords")


def record(number: int) -> dict[str, Any]:
    return {"eventID": str(number), "eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "Keys": {}}}


def read(reader: StreamReader) -> list[str]:
    return [sequence_number(each) for _, each in reader.read()]


def test_reader_goes_on_behind_its_last_record_when_the_iterator_has_expired() -> None:
    stream = Stream(1, 2)
    reader = StreamReader(stream, "arn")
    before = read(reader)
    stream.numbers += [3, 4]
    stream.refusals = ["ExpiredIteratorException"]

    after = read(reader)

    assert (before, after) == (["1", "2"], ["3", "4"])
    assert stream.asked == [("TRIM_HORIZON", None), ("AFTER_SEQUENCE_NUMBER", "2")]


def test_reader_starts_over_when_the_iterator_expired_before_anything_was_read() -> None:
    stream = Stream(1)
    stream.refusals = ["ExpiredIteratorException"]

    assert read(StreamReader(stream, "arn")) == ["1"]


def test_reader_goes_on_with_the_oldest_record_left_when_its_place_was_trimmed() -> None:
    stream = Stream(1, 2)
    reader = StreamReader(stream, "arn")
    read(reader)
    stream.numbers, stream.oldest = [5, 6], 5

    assert read(reader) == ["5", "6"]


def test_reader_goes_on_with_the_oldest_record_left_when_it_expired_and_was_trimmed() -> None:
    stream = Stream(1, 2)
    reader = StreamReader(stream, "arn")
    read(reader)
    stream.numbers, stream.oldest = [5, 6], 5
    stream.refusals = ["ExpiredIteratorException"]

    assert read(reader) == ["5", "6"]


def test_no_record_comes_twice_when_the_reader_has_to_begin_at_the_oldest_again() -> None:
    stream = Stream(1, 2)
    reader = StreamReader(stream, "arn")
    read(reader)
    stream.numbers.append(3)
    stream.refusals = ["TrimmedDataAccessException"]

    assert read(reader) == ["3"]


def test_reader_fails_when_every_iterator_is_refused() -> None:
    stream = Stream(1)
    stream.refusals = ["ExpiredIteratorException"] * RENEWALS

    with pytest.raises(AssertionError, match="refused 5 times"):
        read(StreamReader(stream, "arn"))


def test_other_errors_rise_when_the_stream_does_not_answer() -> None:
    stream = Stream(1)
    stream.refusals = ["InternalServerError"]

    with pytest.raises(ClientError, match="InternalServerError"):
        read(StreamReader(stream, "arn"))
