"""A receipt is imported completely or not at all."""

from collections.abc import Iterator

import pytest

from pos_import.lines import Line
from pos_import.receipts import Receipt, find_nonconsecutive_key_hashes, group_receipts
from pos_import.rows import InvalidRow, RefusedLine, Row, parse_row
from tests.unit.pos_import.doubles import HEADER, receipt, row


def parse_rows(*lines: str) -> list[Row | InvalidRow | RefusedLine]:
    return [result for number, text in enumerate(lines, 1) if (result := parse_row(Line(number, text.encode())))]


def receipts(*lines: str) -> Iterator[Receipt | RefusedLine]:
    return group_receipts(parse_rows(*lines), find_nonconsecutive_key_hashes(parse_rows(*lines)))


def parse(*lines: str) -> list[tuple[object, ...]]:
    """Return receipts as ("receipt", receipt number, row count) and refused lines as (line, reason)."""
    return [
        ("receipt", each.key.receipt_number, len(each.rows)) if isinstance(each, Receipt) else (each.line, each.reason)
        for each in receipts(*lines)
    ]


BROKEN_LINE = "a line that says nothing"
APART_REASON, ADJACENT_REASON = "rows_of_receipt_not_together", "next_to_unreadable_row"
COLUMN_COUNT_REASON = "wrong_number_of_columns"
OTHER_KEYS = [{"store_id": "berlin-02"}, {"till_id": "till-2"}, {"business_date": "2026-03-02"}]
CASES: dict[str, tuple[list[str], list[tuple[object, ...]]]] = {
    "nothing": ([], []),
    "several": ([*receipt(1, 3), *receipt(2)], [("receipt", "r-1", 3), ("receipt", "r-2", 1)]),
    "other keys": ([row(), *(row(**key) for key in OTHER_KEYS)], [("receipt", "r-1", 1)] * 4),
    "a row cut off": (
        [*receipt(1), ",".join(row(receipt_number="r-2").split(",")[:5]), *receipt(3)],
        [("receipt", "r-1", 1), (2, COLUMN_COUNT_REASON), ("receipt", "r-3", 1)],
    ),
    "a line that could belong to either": (
        [*receipt(1, 2), BROKEN_LINE, *receipt(2, 2), *receipt(3)],
        [*enumerate([ADJACENT_REASON] * 2 + [COLUMN_COUNT_REASON] + [ADJACENT_REASON] * 2, 1), ("receipt", "r-3", 1)],
    ),
    "a broken line in the middle": (
        [receipt(1, 2)[0], BROKEN_LINE, receipt(1, 2)[1], *receipt(2)],
        [(1, ADJACENT_REASON), (2, COLUMN_COUNT_REASON), (3, ADJACENT_REASON), ("receipt", "r-2", 1)],
    ),
    "broken lines only": ([BROKEN_LINE, BROKEN_LINE], [(1, COLUMN_COUNT_REASON), (2, COLUMN_COUNT_REASON)]),
    "apart": ([*receipt(1), *receipt(2), *receipt(1)], [(1, APART_REASON), ("receipt", "r-2", 1), (3, APART_REASON)]),
    "two apart": (
        [*receipt(1), *receipt(2), *receipt(1), *receipt(2), *receipt(3)],
        [*((line, APART_REASON) for line in (1, 2, 3, 4)), ("receipt", "r-3", 1)],
    ),
    "apart around a bad row": (
        [row(), row(quantity="-1", receipt_number="r-2"), row()],
        [(1, APART_REASON), (2, "invalid_quantity"), (3, APART_REASON)],
    ),
    "a hundred rows": (receipt(1, 100), [("receipt", "r-1", 100)]),
    "too many rows": (receipt(1, 102), [(line, "receipt_has_too_many_lines") for line in range(1, 103)]),
    "nothing paid": ([row(unit_price="0"), row(unit_price="0")], [(1, "nothing_paid"), (2, "nothing_paid")]),
}


@pytest.mark.parametrize(("lines", "expected"), CASES.values(), ids=CASES)
def test_receipt_is_imported_completely_or_not_at_all(lines: list[str], expected: list[tuple[object, ...]]) -> None:
    assert parse(*lines) == expected


def test_amount_is_the_sum_over_all_rows() -> None:
    lines = [row(quantity="3", unit_price="250"), row(quantity="1", unit_price="0"), row(unit_price="99")]

    (result,) = receipts(*lines)

    assert isinstance(result, Receipt)
    assert result.amount == 3 * 250 + 2 * 99


def test_receipt_with_an_invalid_row_is_refused() -> None:
    valid_row, invalid_row = row(), row(quantity="-1")

    for position in range(3):
        lines = [valid_row, valid_row]
        lines.insert(position, invalid_row)
        results = parse(*lines, *receipt(2))
        reasons = ["other_row_of_receipt_refused"] * 2
        reasons.insert(position, "invalid_quantity")
        assert results == [*enumerate(reasons, 1), ("receipt", "r-2", 1)]


LINES_WITHOUT_ROW = [
    ",,,,,", ",,,,,,,,,,", "\x1a", "\x00\x00\x00", "\ufeff", ";;;;", '""', "\x0c", HEADER, f"\ufeff{HEADER}", "\u00a0 ",
    "\u200b\u3000", "-----", "||||", f"{HEADER.upper()},", HEADER.replace(",", ", "),
]  # fmt: skip


@pytest.mark.parametrize("line", LINES_WITHOUT_ROW, ids=ascii)
def test_line_without_a_row_is_skipped(line: str) -> None:
    first, second = receipt(1, 2)

    assert parse(line, first, line, second, line, *receipt(2), line) == [("receipt", "r-1", 2), ("receipt", "r-2", 1)]


@pytest.mark.parametrize("padding", ["\ufeff%s", "%s\x1a", "\x00%s\x00\x00"], ids=ascii)
def test_padding_around_a_row_is_ignored(padding: str) -> None:
    first, second = receipt(1, 2)

    assert parse(first, padding % second) == [("receipt", "r-1", 2)]


@pytest.mark.parametrize(
    ("invalid_row", "reason"),
    [
        (row(receipt_number="r-7", sku="CAFÉ").encode("latin-1"), "not_utf8"),
        (row(receipt_number="r-7").encode() + b"\xe9", "not_utf8"),
        (row(receipt_number="r-7", sku='"P"EN').encode(), "not_csv"),
        (row(receipt_number="r-7", sku='"PEN').encode(), "not_csv"),
        (row(receipt_number="r-7", sku="P" * 5_000).encode()[:4_096], "line_too_long"),
    ],
    ids=["Latin-1 letter", "Latin-1 at the end", "quote within", "quote not closed", "long"],
)
def test_invalid_row_affects_only_its_own_receipt(invalid_row: bytes, reason: str) -> None:
    lines = [line.encode() for line in (*receipt(1), *receipt(7, 2), *receipt(2))]
    lines[2] = invalid_row
    long_line = invalid_row if reason == "line_too_long" else None
    results = [parse_row(Line(number, line, line == long_line)) for number, line in enumerate(lines, 1)]
    rows = [result for result in results if result]

    results = list(group_receipts(rows, find_nonconsecutive_key_hashes(rows)))

    assert [each.key.receipt_number for each in results if isinstance(each, Receipt)] == ["r-1", "r-2"]
    assert [(each.line, each.reason) for each in results if isinstance(each, RefusedLine)] == [
        (2, "other_row_of_receipt_refused"),
        (3, reason),
    ]


def test_receipt_with_contradictory_payments_is_refused() -> None:
    other_values = {"currency": "USD", "payment_id": "other", "method": "cash", "paid_at": "2026-03-01T10:16:00Z"}
    for name, value in other_values.items():
        assert parse(row(), row(**{name: value}), row(), *receipt(2)) == [
            *((line, "rows_of_receipt_contradict_on_payment") for line in (1, 2, 3)),
            ("receipt", "r-2", 1),
        ]


def test_every_line_is_in_a_receipt_or_refused() -> None:
    lines = [*receipt(1, 2), BROKEN_LINE, *receipt(2, 3), row(quantity="x"), *receipt(4, 101), *receipt(1), *receipt(5)]

    results = list(receipts(*lines))

    reported_lines = [each.line for each in results if isinstance(each, RefusedLine)]
    imported_lines = [row.line for each in results if isinstance(each, Receipt) for row in each.rows]
    assert sorted(reported_lines + imported_lines) == list(range(1, len(lines) + 1))
    assert reported_lines == sorted(reported_lines)
