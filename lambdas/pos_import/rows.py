"""Parses a line of a till file into a row, or returns why the line is invalid."""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from contracts import times
from contracts.generated import patterns
from pos_import.lines import Line

# Characters that editors, DOS and programs that write whole blocks add: byte order mark, end-of-file mark and NUL.
_PADDING = "\ufeff\x1a\x00"
_SEPARATOR_HINT = re.compile(r"\s*\"?sep=.?\"?[\s,]*", re.IGNORECASE)


class ReceiptKey(NamedTuple):
    """The unique key of a receipt, from which its order id is derived."""

    store_id: str
    till_id: str
    receipt_number: str
    business_date: str


class Payment(NamedTuple):
    """The payment of a receipt, the same on each of its rows; `paid_at` has the time format of events."""

    currency: str
    payment_id: str
    method: str
    paid_at: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a receipt; `unit_price` is in minor units of the currency."""

    line: int
    text: str
    key: ReceiptKey
    sku: str
    quantity: int
    unit_price: int
    payment: Payment


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """An invalid line whose receipt is known."""

    line: int
    text: str
    reason: str
    key: ReceiptKey


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is not imported, with the reason."""

    line: int
    text: str
    reason: str


type ParsedLine = Row | InvalidRow | RefusedLine


def is_header(line: Line) -> bool:
    """Return whether a line is the header: the column names, in order."""
    return not line.is_truncated and tuple(_fields(_text(line).strip(_PADDING)) or ()) == COLUMNS


def is_blank(line: Line) -> bool:
    """Return whether a line has no letters or digits, or is a spreadsheet's separator hint (`sep=,`)."""
    text = _text(line).strip(_PADDING)
    return not any(map(str.isalnum, text)) or bool(_SEPARATOR_HINT.fullmatch(text))


def parse_row(line: Line) -> ParsedLine | None:
    """Parse a line; return None for a blank line or a repeated header."""
    text = _text(line)
    fields = _fields(text.strip(_PADDING))
    if is_blank(line) or _column_names(fields) == COLUMNS:
        return None
    reason = _find_line_error(line, fields) or _find_field_error(fields or [])
    if fields is None or reason:
        # The first fields of an invalid line may still identify its receipt.
        key = _receipt_key(fields or text.strip(_PADDING).split(","))
        return InvalidRow(line.number, text, str(reason), key) if key else RefusedLine(line.number, text, str(reason))
    values = dict(zip(COLUMNS, fields, strict=True))
    paid_at = times.to_text(times.from_rfc3339(values["paid_at"]))
    key = ReceiptKey(*fields[: len(ReceiptKey._fields)])
    payment = Payment(values["currency"], values["payment_id"], values["method"], paid_at)
    return Row(line.number, text, key, values["sku"], int(values["quantity"]), int(values["unit_price"]), payment)


def _find_line_error(line: Line, fields: list[str] | None) -> str | None:
    if line.is_truncated:
        return "line_too_long"
    if not _is_utf8(line):
        return "not_utf8"
    return "not_csv" if fields is None else None


def _find_field_error(fields: list[str]) -> str | None:
    if len(fields) != len(COLUMNS):
        return "wrong_number_of_columns"
    column_values = zip(COLUMNS, fields, strict=True)
    return next((f"invalid_{name}" for name, value in column_values if not _VALIDATORS[name](value)), None)


def _is_utf8(line: Line) -> bool:
    try:
        line.content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(line: Line) -> str:
    # Bytes that are not UTF-8 become \x.., so that the report shows the original content.
    return line.content.decode(errors="backslashreplace")


def _fields(text: str) -> list[str] | None:
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return None


def _column_names(fields: list[str] | None) -> tuple[str, ...]:
    """Return the fields as column names, without the padding and capitals that spreadsheets add."""
    return tuple(field.strip().lower() for field in fields or () if field.strip())


def _receipt_key(fields: list[str]) -> ReceiptKey | None:
    columns = ReceiptKey._fields
    if len(fields) < len(columns):
        return None
    values = dict(zip(columns, fields, strict=False))
    return ReceiptKey(**values) if all(_VALIDATORS[column](values[column]) for column in columns) else None


def _matcher(pattern: str) -> Callable[[str], bool]:
    regex = re.compile(pattern)
    return lambda text: regex.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    try:
        return _has_date_format(text) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_time(text: str) -> bool:
    try:
        return text.startswith("2") and bool(times.from_rfc3339(text))
    except ValueError:
        return False


_has_date_format = _matcher(patterns.DATE)
_is_identifier = _matcher(patterns.IDENTIFIER)
_VALIDATORS: Mapping[str, Callable[[str], bool]] = {
    "store_id": _is_identifier,
    "till_id": _is_identifier,
    "receipt_number": _is_identifier,
    "business_date": _is_date,
    "sku": _matcher(patterns.SKU),
    "quantity": _matcher(r"[1-9][0-9]{0,2}"),
    "unit_price": _matcher(r"0|[1-9][0-9]{0,8}"),
    "currency": _matcher(patterns.CURRENCY),
    "payment_id": _is_identifier,
    "method": _matcher(patterns.NAME),
    "paid_at": _is_time,
}
COLUMNS = tuple(_VALIDATORS)
