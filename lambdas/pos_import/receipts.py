"""Groups rows into receipts. A receipt is imported completely or not at all.

Tills write the rows of a receipt consecutively, so only one receipt is in memory at a time. A receipt whose rows are
not consecutive is refused with all its rows: importing its first rows would record a wrong sum, which the corrected
file would contradict. Finding such receipts takes a first pass over the file. An invalid row causes its receipt to be
refused, because the sum would be wrong without it. If the receipt of an invalid row cannot be determined, the row may
belong to the receipt before or after it, and both are refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contracts import MAX_ORDER_LINES
from pos_import.rows import InvalidRow, ParsedLine, ReceiptKey, RefusedLine, Row

OTHER_ROW_REFUSED = "other_row_of_receipt_refused"
NEXT_TO_UNREADABLE_ROW = "next_to_unreadable_row"
ROWS_NOT_CONSECUTIVE = "rows_of_receipt_not_together"
TOO_MANY_LINES = "receipt_has_too_many_lines"
DIFFERENT_PAYMENTS = "rows_of_receipt_contradict_on_payment"
NOTHING_PAID = "nothing_paid"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The rows of one receipt; there is at least one."""

    rows: tuple[Row, ...]

    @property
    def key(self) -> ReceiptKey:
        return self.rows[0].key

    @property
    def amount(self) -> int:
        return sum(row.quantity * row.unit_price for row in self.rows)


@dataclass(slots=True)
class _OpenReceipt:
    """The receipt that is being read; once it has a `refusal_reason`, all its rows are refused."""

    key: ReceiptKey
    refusal_reason: str | None
    rows: list[Row] = field(default_factory=list)

    def refuse(self, reason: str) -> Iterator[RefusedLine]:
        """Refuse the rows read so far, and all later ones."""
        self.refusal_reason = self.refusal_reason or reason
        rows, self.rows = self.rows, []
        for row in rows:
            yield RefusedLine(row.line, row.text, self.refusal_reason)

    def add(self, row: Row) -> Iterator[RefusedLine]:
        if self.refusal_reason is None and len(self.rows) == MAX_ORDER_LINES:
            yield from self.refuse(TOO_MANY_LINES)
        if self.refusal_reason is None and self.rows and self.rows[0].payment != row.payment:
            yield from self.refuse(DIFFERENT_PAYMENTS)
        if self.refusal_reason is None:
            self.rows.append(row)
        else:
            yield RefusedLine(row.line, row.text, self.refusal_reason)

    def close(self) -> Iterator[Receipt | RefusedLine]:
        if not self.rows:
            return
        receipt = Receipt(tuple(self.rows))
        if receipt.amount == 0:
            yield from self.refuse(NOTHING_PAID)
        else:
            yield receipt


def find_nonconsecutive_key_hashes(rows: Iterable[ParsedLine]) -> frozenset[int]:
    """Return the hashes of keys that reappear after another key; hashes take less memory than keys."""
    seen_hashes: set[int] = set()
    nonconsecutive_hashes: set[int] = set()
    current_key: ReceiptKey | None = None
    for row in rows:
        if isinstance(row, RefusedLine) or row.key == current_key:
            continue
        current_key, key_hash = row.key, hash(row.key)
        (nonconsecutive_hashes if key_hash in seen_hashes else seen_hashes).add(key_hash)
    return frozenset(nonconsecutive_hashes)


def group_receipts(
    rows: Iterable[ParsedLine], nonconsecutive_hashes: frozenset[int]
) -> Iterator[Receipt | RefusedLine]:
    """Yield receipts and refused lines in file order, given the result of `find_nonconsecutive_key_hashes`."""
    receipt: _OpenReceipt | None = None
    follows_unreadable_row = False
    for row in rows:
        if isinstance(row, RefusedLine):
            if receipt:
                yield from receipt.refuse(NEXT_TO_UNREADABLE_ROW)
            follows_unreadable_row = True
            yield row
            continue
        if receipt is None or receipt.key != row.key:
            if receipt:
                yield from receipt.close()
            reason = NEXT_TO_UNREADABLE_ROW if follows_unreadable_row else None
            receipt = _OpenReceipt(row.key, ROWS_NOT_CONSECUTIVE if hash(row.key) in nonconsecutive_hashes else reason)
        follows_unreadable_row = False
        if isinstance(row, InvalidRow):
            yield from receipt.refuse(OTHER_ROW_REFUSED)
            yield RefusedLine(row.line, row.text, row.reason)
        else:
            yield from receipt.add(row)
    if receipt:
        yield from receipt.close()
