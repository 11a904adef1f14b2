"""A line is a row, blank, or refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_import.lines import Line
from pos_import.rows import COLUMNS, InvalidRow, Payment, ReceiptKey, RefusedLine, Row, is_blank, is_header, row_of
from tests.unit.pos_import.doubles import HEADER, row

KEY = ReceiptKey("berlin-01", "till-1", "r-1", "2026-03-01")


def read(text: str) -> Row | InvalidRow | RefusedLine | None:
    return row_of(Line(7, text.encode()))


def test_row_is_read_when_every_field_is_good() -> None:
    assert read(row()) == Row(
        line=7,
        text=row(),
        key=KEY,
        sku="PEN",
        quantity=2,
        unit_price=250,
        payment=Payment("EUR", "till-pay-1", "card", "2026-03-01T10:15:00.000Z"),
    )


@pytest.mark.parametrize("text", ["", " ", "\t ", "sep=,", "\ufeffSEP=;", '"sep=,"'])
def test_blank_line_is_no_row(text: str) -> None:
    assert read(text) is None
    assert is_blank(Line(1, text.encode()))


INVALID = {
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


@pytest.mark.parametrize(("column", "value"), [(column, value) for column in INVALID for value in INVALID[column]])
def test_row_is_refused_by_column_when_value_breaks_its_rule(column: str, value: str) -> None:
    result = read(row(**{column: value}))

    assert isinstance(result, InvalidRow | RefusedLine)
    assert result.reason == f"invalid_{column}"
    assert isinstance(result, RefusedLine) == (column in ReceiptKey._fields)


UNREADABLE = {
    "quote not closed": ('"' + row(), "not_csv"),
    "one word": ("total", "wrong_number_of_columns"),
    "semicolons": (row().replace(",", ";"), "wrong_number_of_columns"),
}


@pytest.mark.parametrize(("text", "reason"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_line_belongs_to_no_receipt_when_it_cannot_be_cut_into_fields(text: str, reason: str) -> None:
    assert read(text) == RefusedLine(7, text, reason)


@pytest.mark.parametrize("text", [row() + ",more", ",".join(row().split(",")[:5])])
def test_row_keeps_its_receipt_when_only_later_columns_are_missing_or_too_many(text: str) -> None:
    assert read(text) == InvalidRow(7, text, "wrong_number_of_columns", KEY)


def test_line_is_shown_with_its_bytes_when_it_is_not_utf8() -> None:
    assert row_of(Line(3, b"caf\xe9")) == RefusedLine(3, "caf\\xe9", "not_utf8")


def test_line_is_refused_when_it_was_cut() -> None:
    assert row_of(Line(3, b"x", is_cut=True)) == RefusedLine(3, "x", "line_too_long")


def test_header_is_known_when_it_names_the_columns_in_order() -> None:
    assert is_header(Line(1, f"\ufeff{HEADER}".encode()))
    assert is_header(Line(1, ",".join(f'"{column}"' for column in COLUMNS).encode()))


@pytest.mark.parametrize("text", ["", row(), HEADER.upper(), HEADER.replace(",sku", ""), HEADER + ",note", '"'])
def test_header_is_missed_when_columns_are_others(text: str) -> None:
    assert not is_header(Line(1, text.encode()))


@given(st.binary(max_size=200))
def test_any_line_is_parsed_or_rejected(content: bytes) -> None:
    result = row_of(Line(1, content))

    assert result is None or result.line == 1
