"""Groups rows into receipts. A receipt is imported as a whole or not at all.

The rows of a receipt stand one after the other, as tills write them; so only one receipt is held at a time. Receipts
whose rows are apart are refused with all their rows, which takes a look at the whole file first: to import the first
part would book a wrong sum, and the repaired file would contradict it for ever. A row that
cannot be used takes its whole receipt with it, because the receipt's sum would be wrong without it. When not even the
receipt of a bad row can be told, the row may have belonged to the one before or the one behind: both are refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contracts import MAX_ORDER_LINES
from pos_import.rows import BadRow, ReceiptKey, Refused, Row

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
    """The receipt being read; with a `fault` its rows are refused as they come."""

    key: ReceiptKey
    fault: str | None
    rows: list[Row] = field(default_factory=list)

    def fail(self, fault: str) -> Iterator[Refused]:
        """Refuse the rows read so far and all later ones."""
        self.fault = self.fault or fault
        rows, self.rows = self.rows, []
        for row in rows:
            yield Refused(row.line, row.text, self.fault)

    def add(self, row: Row) -> Iterator[Refused]:
        if self.fault is None and len(self.rows) == MAX_ORDER_LINES:
            yield from self.fail(TOO_MANY_LINES)
        if self.fault is None and self.rows and self.rows[0].payment != row.payment:
            yield from self.fail(CONTRADICTING_PAYMENT)
        if self.fault is None:
            self.rows.append(row)
        else:
            yield Refused(row.line, row.text, self.fault)

    def close(self) -> Iterator[Receipt | Refused]:
        if not self.rows:
            return
        receipt = Receipt(tuple(self.rows))
        if receipt.amount == 0:
            yield from self.fail(NOTHING_PAID)
        else:
            yield receipt


def split_receipt_keys(rows: Iterable[Row | BadRow | Refused]) -> frozenset[int]:
    """Return the hashes of keys that reappear after another key; only hashes are kept in memory."""
    seen: set[int] = set()
    split_keys: set[int] = set()
    current: ReceiptKey | None = None
    for row in rows:
        if isinstance(row, Refused) or row.key == current:
            continue
        current, mark = row.key, hash(row.key)
        (split_keys if mark in seen else seen).add(mark)
    return frozenset(split_keys)


def receipts_of(rows: Iterable[Row | BadRow | Refused], split_keys: frozenset[int]) -> Iterator[Receipt | Refused]:
    """Yield receipts and refused lines in the order of the file; `split_keys` are those of `split_receipt_keys`."""
    current: _OpenReceipt | None = None
    unreadable = False
    for row in rows:
        if isinstance(row, Refused):
            if current:
                yield from current.fail(UNREADABLE_NEIGHBOUR)
            unreadable = True
            yield row
            continue
        if current is None or current.key != row.key:
            if current:
                yield from current.close()
            fault = NOT_TOGETHER if hash(row.key) in split_keys else UNREADABLE_NEIGHBOUR if unreadable else None
            current = _OpenReceipt(row.key, fault)
        unreadable = False
        if isinstance(row, BadRow):
            yield from current.fail(OTHER_ROW)
            yield Refused(row.line, row.text, row.reason)
        else:
            yield from current.add(row)
    if current:
        yield from current.close()
