"""Reads dead letters from a bucket: what a stream mapping gave up on, and what the relay refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orderflow_cli.recovery.letters import Letter
from orderflow_cli.recovery.places import Place

PREFIXES = ("aws/lambda/", "quarantine/")


class BucketReader:
    """Letters of one bucket, older ones first within a prefix and shard, as their keys are dates."""

    def __init__(self, client: Any, place: Place) -> None:
        self._client = client
        self._place = place

    def _objects(self) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("list_objects_v2")
        for prefix in PREFIXES:
            for page in pages.paginate(Bucket=self._place.container, Prefix=prefix):
                yield from page.get("Contents", [])

    def count(self) -> int:
        return sum(1 for _ in self._objects())

    @contextmanager
    def letters(self, limit: int | None = None) -> Iterator[Iterator[Letter]]:
        """Each letter once, up to `limit`."""
        yield self._read(limit)

    def _read(self, limit: int | None) -> Iterator[Letter]:
        for number, found in enumerate(list(self._objects())):
            if limit is not None and number >= limit:
                return
            answer = self._client.get_object(Bucket=self._place.container, Key=found["Key"])
            # The tag is of the content: an object that is written again under its key is another letter.
            yield Letter(
                id=f"{found['Key']}#{answer['ETag'].strip(chr(34))}",
                place=self._place,
                body=answer["Body"].read().decode("utf-8", "replace"),
                handle=found["Key"],
                at=found["LastModified"],
            )

    def remove(self, letter: Letter) -> None:
        """Delete the object unless it was written again meanwhile."""
        found = self._client.head_object(Bucket=self._place.container, Key=letter.handle)
        if letter.id == f"{letter.handle}#{found['ETag'].strip(chr(34))}":
            self._client.delete_object(Bucket=self._place.container, Key=letter.handle)
