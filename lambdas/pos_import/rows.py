"""Parses one line of a till file as a row, or returns why it is invalid."""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from contracts import times
from contracts.generated import patterns
from pos_import.lines import Line

# Characters that editors, DOS and block-wise writers add to lines: byte order mark, end-of-file mark and zeros.
_PADDING = "\ufeff\x1a\x00"
_SEPARATOR = re.compile(r"\s*\"?sep=.?\"?[\s,]*", re.IGNORECASE)


class ReceiptKey(NamedTuple):
    """The unique key of a receipt: the parts of its order id."""

    store_id: str
    till_id: str
    receipt_number: str
    business_date: str


class Payment(NamedTuple):
    """How a receipt was paid, the same on each of its rows; `paid_at` as events write it."""

    currency: str
    payment_id: str
    method: str
    paid_at: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a receipt; `unit_price` in minor units."""

    line: int
    text: str
    key: ReceiptKey
    sku: str
    quantity: int
    unit_price: int
    payment: Payment


@dataclass(frozen=True, slots=True)
class BadRow:
    """An invalid line whose receipt can still be determined."""

    line: int
    text: str
    reason: str
    key: ReceiptKey


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not imported."""

    line: int
    text: str
    reason: str


def is_header(line: Line) -> bool:
    """Return whether a line is the header: the column names, in order."""
    return not line.is_cut and tuple(_fields(_text(line).strip(_PADDING)) or ()) == COLUMNS


def is_blank(line: Line) -> bool:
    """Return whether a line is blank: without letters and digits, or only a spreadsheet's separator hint."""
    text = _text(line).strip(_PADDING)
    return not any(map(str.isalnum, text)) or bool(_SEPARATOR.fullmatch(text))


def row_of(line: Line) -> Row | BadRow | Refused | None:
    """Parse a line; returns None for a blank line or a repeated header."""
    shown = _text(line)
    text = shown.strip(_PADDING)
    fields = _fields(text)
    if is_blank(line) or _names(fields) == COLUMNS:
        return None
    reason = _unreadable(line, fields) or _fault(fields or [])
    if fields is None or reason:
        # Even in an invalid line, the first fields may identify its receipt.
        key = _key(fields or text.split(","))
        return BadRow(line.number, shown, str(reason), key) if key else Refused(line.number, shown, str(reason))
    named = dict(zip(COLUMNS, fields, strict=True))
    paid_at = times.to_text(times.from_rfc3339(named["paid_at"]))
    key = ReceiptKey(*fields[: len(ReceiptKey._fields)])
    payment = Payment(named["currency"], named["payment_id"], named["method"], paid_at)
    return Row(line.number, shown, key, named["sku"], int(named["quantity"]), int(named["unit_price"]), payment)


def _unreadable(line: Line, fields: list[str] | None) -> str | None:
    if line.is_cut:
        return "line_too_long"
    if not _is_utf8(line):
        return "not_utf8"
    return "not_csv" if fields is None else None


def _fault(fields: list[str]) -> str | None:
    if len(fields) != len(COLUMNS):
        return "wrong_number_of_columns"
    wrong = (column for column, value in zip(COLUMNS, fields, strict=True) if not _VALID[column](value))
    return next((f"invalid_{column}" for column in wrong), None)


def _is_utf8(line: Line) -> bool:
    try:
        line.content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(line: Line) -> str:
    # Bytes that are not UTF-8 are shown as \x.., so that the report has the original content.
    return line.content.decode(errors="backslashreplace")


def _fields(text: str) -> list[str] | None:
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return None


def _names(fields: list[str] | None) -> tuple[str, ...]:
    """Normalise the fields as column names, which spreadsheets pad and capitalise."""
    return tuple(field.strip().lower() for field in fields or () if field.strip())


def _key(fields: list[str]) -> ReceiptKey | None:
    columns = ReceiptKey._fields
    if len(fields) < len(columns):
        return None
    named = dict(zip(columns, fields, strict=False))
    return ReceiptKey(**named) if all(_VALID[column](named[column]) for column in columns) else None


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    try:
        return _DATE(text) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_time(text: str) -> bool:
    try:
        return text.startswith("2") and bool(times.from_rfc3339(text))
    except ValueError:
        return False


_DATE = _matching(patterns.DATE)
_IDENTIFIER = _matching(patterns.IDENTIFIER)
_VALID: Mapping[str, Callable[[str], bool]] = {
    "store_id": _IDENTIFIER,
    "till_id": _IDENTIFIER,
    "receipt_number": _IDENTIFIER,
    "business_date": _is_date,
    "sku": _matching(patterns.SKU),
    "quantity": _matching(r"[1-9][0-9]{0,2}"),
    "unit_price": _matching(r"0|[1-9][0-9]{0,8}"),
    "currency": _matching(patterns.CURRENCY),
    "payment_id": _IDENTIFIER,
    "method": _matching(patterns.NAME),
    "paid_at": _is_time,
}
COLUMNS = tuple(_VALID)
