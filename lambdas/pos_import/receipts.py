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

OTHER_ROW = "other_row_of_receipt_refused"
UNREADABLE_NEIGHBOUR = "next_to_unreadable_row"
NOT_TOGETHER = "rows_of_receipt_not_together"
TOO_MANY_LINES = "receipt_has_too_many_lines"
CONTRADICTING_PAYMENT = "rows_of_receipt_contradict_on_payment"
NOTHING_PAID = "nothing_paid"


@dataclass(frozen=True, slots=True)
class Receipt:
    """All rows of one receipt, at least one."""

    rows: tuple[Row, ...]

    @property
    def key(self) -> ReceiptKey:
        return self.rows[0].key

    @property
    def amount(self) -> int:
        return sum(row.quantity * row.unit_price for row in self.rows)


@dataclass(slots=True)
class _OpenReceipt:
    """The receipt that is being read; once it has a `fault`, all its rows are refused."""

    key: ReceiptKey
    fault: str | None
    rows: list[Row] = field(default_factory=list)

    def fail(self, fault: str) -> Iterator[RefusedLine]:
        """Refuse the rows read so far, and all later ones."""
        self.fault = self.fault or fault
        rows, self.rows = self.rows, []
        for row in rows:
            yield RefusedLine(row.line, row.text, self.fault)

    def add(self, row: Row) -> Iterator[RefusedLine]:
        if self.fault is None and len(self.rows) == MAX_ORDER_LINES:
            yield from self.fail(TOO_MANY_LINES)
        if self.fault is None and self.rows and self.rows[0].payment != row.payment:
            yield from self.fail(CONTRADICTING_PAYMENT)
        if self.fault is None:
            self.rows.append(row)
        else:
            yield RefusedLine(row.line, row.text, self.fault)

    def close(self) -> Iterator[Receipt | RefusedLine]:
        if not self.rows:
            return
        receipt = Receipt(tuple(self.rows))
        if receipt.amount == 0:
            yield from self.fail(NOTHING_PAID)
        else:
            yield receipt


def split_receipt_keys(rows: Iterable[ParsedLine]) -> frozenset[int]:
    """Return the hashes of keys that reappear after another key; only hashes are stored, to save memory."""
    seen: set[int] = set()
    split_keys: set[int] = set()
    current: ReceiptKey | None = None
    for row in rows:
        if isinstance(row, RefusedLine) or row.key == current:
            continue
        current, digest = row.key, hash(row.key)
        (split_keys if digest in seen else seen).add(digest)
    return frozenset(split_keys)


def group_receipts(rows: Iterable[ParsedLine], split_keys: frozenset[int]) -> Iterator[Receipt | RefusedLine]:
    """Yield receipts and refused lines in the order of the file; `split_keys` are those of `split_receipt_keys`."""
    current: _OpenReceipt | None = None
    after_unreadable = False
    for row in rows:
        if isinstance(row, RefusedLine):
            if current:
                yield from current.fail(UNREADABLE_NEIGHBOUR)
            after_unreadable = True
            yield row
            continue
        if current is None or current.key != row.key:
            if current:
                yield from current.close()
            fault = NOT_TOGETHER if hash(row.key) in split_keys else UNREADABLE_NEIGHBOUR if after_unreadable else None
            current = _OpenReceipt(row.key, fault)
        after_unreadable = False
        if isinstance(row, InvalidRow):
            yield from current.fail(OTHER_ROW)
            yield RefusedLine(row.line, row.text, row.reason)
        else:
            yield from current.add(row)
    if current:
        yield from current.close()
