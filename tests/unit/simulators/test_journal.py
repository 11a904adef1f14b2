"""The simulators' own book: once per key, in order, and still there after a restart."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simulators.journal import Journal


def test_first_entry_counts_when_a_key_comes_twice(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "folder" / "book.jsonl")

    first, new = journal.append_once("payment 1", {"kind": "payment", "amount": 500})
    second, again = journal.append_once("payment 1", {"kind": "payment", "amount": 900})

    assert (new, again) == (True, False)
    assert second == first
    assert {name: first[name] for name in ("key", "kind", "amount")} == {
        "key": "payment 1",
        "kind": "payment",
        "amount": 500,
    }
    assert datetime.fromisoformat(first["at"]).utcoffset() == timedelta(0)
    assert journal.entries() == [first]


def test_entries_are_there_in_order_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "book.jsonl"
    journal = Journal(path)
    for number in range(3):
        journal.append_once(f"key {2 - number}", {"kind": "payment", "text": "ü\u2028\n"})

    opened = Journal(path)

    assert opened.entries() == journal.entries()
    assert opened.append_once("key 1", {}) == (journal.entries()[1], False)


def test_entry_is_not_booked_when_it_could_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    journal = Journal(folder / "book.jsonl")
    folder.rmdir()

    with pytest.raises(FileNotFoundError):
        journal.append_once("payment 1", {"kind": "payment"})
    folder.mkdir()

    assert journal.entries() == []
    assert journal.append_once("payment 1", {"kind": "payment"})[1]
