"""A receipt always gives the same event id and data, and a valid event if its rows are valid."""

from datetime import date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts import Event, ids, validate
from pos_import.lines import Line
from pos_import.receipts import Receipt
from pos_import.rows import Row, parse_row
from pos_import.translate import to_event
from tests.unit.pos_import.doubles import PAID_AT, row


def translate(*lines: str, **context: Any) -> Event:
    rows = [parse_row(Line(number, text.encode())) for number, text in enumerate(lines, 2)]
    return to_event(
        Receipt(tuple(each for each in rows if isinstance(each, Row))),
        **{"correlation_id": "corr-1", "causation_id": "cause-1", **context},
    )


def test_receipt_becomes_a_paid_order() -> None:
    event = translate(row(), row(sku="INK", quantity="1", unit_price="1195"))

    validate(event, "OrderPlaced")
    assert event["data"]["order_id"] == ids.order_id("pos", "berlin-01", "till-1", "r-1", "2026-03-01")
    assert event["data"]["channel"] == "pos"
    assert event["data"]["total"] == {"amount": 1_695, "currency": "EUR"}
    assert event["data"]["payment"] == {**event["data"]["total"], "payment_id": "till-pay-1", "method": "card"}
    assert list(event["data"]["store"].values()) == ["berlin-01", "till-1", "r-1", "2026-03-01"]
    assert event["data"]["placed_at"] == event["metadata"]["occurred_at"] == PAID_AT
    assert event["metadata"]["producer"] == "pos_import"
    assert (event["metadata"]["correlation_id"], event["metadata"]["causation_id"]) == ("corr-1", "cause-1")


def test_event_id_and_data_do_not_depend_on_the_import() -> None:
    first, second = translate(row()), translate(row(), correlation_id="corr-2", causation_id=None)

    assert first["data"] == second["data"]
    assert first["metadata"]["event_id"] == second["metadata"]["event_id"]


def test_changed_receipt_has_the_same_order_id_but_another_request_hash() -> None:
    first, second = translate(row()), translate(row(quantity="3"))

    assert first["data"]["order_id"] == second["data"]["order_id"]
    assert first["data"]["request_hash"] != second["data"]["request_hash"]
    assert first["metadata"]["event_id"] != second["metadata"]["event_id"]


EARLIEST_TIME, LATEST_TIME = datetime.fromisoformat("1999-12-30"), datetime.fromisoformat("3000-01-02")
IDENTIFIER = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", fullmatch=True)


@given(
    values=st.fixed_dictionaries(
        {
            **dict.fromkeys(("store_id", "till_id", "receipt_number", "payment_id"), IDENTIFIER),
            "business_date": st.dates(date(1999, 1, 1), date(3001, 1, 1)).map(str),
            "sku": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
            "quantity": st.integers(-1, 1_001).map(str),
            "unit_price": st.integers(1, 1_100_000_000).map(str),
            "currency": st.from_regex(r"[A-Z]{3}", fullmatch=True),
            "method": st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True),
            "paid_at": st.datetimes(EARLIEST_TIME, LATEST_TIME, timezones=st.timezones()).map(datetime.isoformat),
        }
    ),
    rows=st.sampled_from([1, 2, 100]),
)
def test_valid_rows_give_a_valid_event(values: dict[str, str], rows: int) -> None:
    line = row(**values)

    if isinstance(parse_row(Line(2, line.encode())), Row):
        validate(translate(*[line] * rows), "OrderPlaced")
