"""A line is a valid row, blank, or refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_import.lines import Line
from pos_import.rows import COLUMNS, InvalidRow, Payment, ReceiptKey, RefusedLine, Row, is_blank, is_header, parse_row
from tests.unit.pos_import.doubles import HEADER, row

KEY = ReceiptKey("berlin-01", "till-1", "r-1", "2026-03-01")


def parse(text: str) -> Row | InvalidRow | RefusedLine | None:
    return parse_row(Line(7, text.encode()))


def test_valid_row_is_parsed() -> None:
    assert parse(row()) == Row(
        line=7,
        text=row(),
        key=KEY,
        sku="PEN",
        quantity=2,
        unit_price=250,
        payment=Payment("EUR", "till-pay-1", "card", "2026-03-01T10:15:00.000Z"),
    )


@pytest.mark.parametrize("text", ["", " ", "\t ", "sep=,", "\ufeffSEP=;", '"sep=,"'])
def test_blank_line_or_separator_hint_is_not_a_row(text: str) -> None:
    assert parse(text) is None
    assert is_blank(Line(1, text.encode()))


BAD_VALUES = {
    "store_id": ["", " berlin", "a" * 129, "büro", "a b"],
    "till_id": [""],
    "receipt_number": ["", "#1"],
    "business_date": ["", "20260301", "2026-02-30", "01.03.2026", "2026-W09-7", "\u0662\u0660\u0662\u0666-03-01"],
    "sku": ["", "P EN", "=1+1", "x" * 65],
    "quantity": ["", "0", "-2", "1000", "1.0", "+1", " 1", "\u0662", "1e2", "True"],
    "unit_price": ["", "-1", "2.50", "1000000000", "01", "NaN"],
    "currency": ["", "eur", "EURO"],
    "payment_id": [""],
    "method": ["", "Card", "a-b"],
    "paid_at": ["", "2026-03-01", "2026-03-01T10:15:00", "2026-02-30T10:15:00Z", "0001-01-01T00:00:00+14:00"],
}


@pytest.mark.parametrize(("column", "value"), [(name, text) for name in BAD_VALUES for text in BAD_VALUES[name]])
def test_invalid_value_is_reported_with_its_column(column: str, value: str) -> None:
    result = parse(row(**{column: value}))

    assert isinstance(result, InvalidRow | RefusedLine)
    assert result.reason == f"invalid_{column}"
    assert isinstance(result, RefusedLine) == (column in ReceiptKey._fields)


UNREADABLE_LINES = {
    "quote not closed": ('"' + row(), "not_csv"),
    "one word": ("total", "wrong_number_of_columns"),
    "semicolons": (row().replace(",", ";"), "wrong_number_of_columns"),
}


@pytest.mark.parametrize(("text", "reason"), UNREADABLE_LINES.values(), ids=UNREADABLE_LINES.keys())
def test_line_without_valid_fields_belongs_to_no_receipt(text: str, reason: str) -> None:
    assert parse(text) == RefusedLine(7, text, reason)


@pytest.mark.parametrize("text", [row() + ",more", ",".join(row().split(",")[:5])])
def test_row_with_a_wrong_number_of_columns_keeps_its_receipt_key(text: str) -> None:
    assert parse(text) == InvalidRow(7, text, "wrong_number_of_columns", KEY)


def test_bytes_that_are_not_utf8_are_escaped() -> None:
    assert parse_row(Line(3, b"caf\xe9")) == RefusedLine(3, "caf\\xe9", "not_utf8")


def test_truncated_line_is_refused() -> None:
    assert parse_row(Line(3, b"x", is_truncated=True)) == RefusedLine(3, "x", "line_too_long")


def test_header_may_have_a_byte_order_mark_or_quoted_names() -> None:
    assert is_header(Line(1, f"\ufeff{HEADER}".encode()))
    assert is_header(Line(1, ",".join(f'"{column}"' for column in COLUMNS).encode()))


@pytest.mark.parametrize("text", ["", row(), HEADER.upper(), HEADER.replace(",sku", ""), HEADER + ",note", '"'])
def test_other_columns_are_not_a_header(text: str) -> None:
    assert not is_header(Line(1, text.encode()))


@given(st.binary(max_size=200))
def test_any_line_is_parsed_skipped_or_refused(content: bytes) -> None:
    result = parse_row(Line(1, content))

    assert result is None or result.line == 1
