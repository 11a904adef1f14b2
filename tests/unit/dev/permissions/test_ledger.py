"""Grants and calls are held against each other, both ways."""

import pytest

from dev.permissions import ledger
from dev.permissions.calls import Call
from dev.permissions.grants import Grant

PUBLISH = Grant(
    "finance", "events:PutEvents", "event-bus/orders", "events:detail-type=A; events:source=orderflow.finance"
)
READ = Grant("pos_import", "s3:GetObject", "till-files/reports/*.summary.json")


@pytest.mark.parametrize(
    ("call", "allowed"),
    [
        (Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.finance", "A"), True),
        (Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.finance", "B"), False),
        (Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.webhooks", "A"), False),
        (Call("finance", "events:PutEvents", "event-bus/default", "orderflow.finance", "A"), False),
        (Call("webhooks", "events:PutEvents", "event-bus/orders", "orderflow.finance", "A"), False),
        (Call("pos_import", "s3:GetObject", "till-files/reports/a/b.summary.json"), True),
        (Call("pos_import", "s3:GetObject", "till-files/reports/a.rejected.csv"), False),
        (Call("pos_import", "s3:PutObject", "till-files/reports/a.summary.json"), False),
    ],
)
def test_call_is_covered_when_all_of_the_grant_fits(call: Call, allowed: bool) -> None:
    assert ledger.ungranted([PUBLISH, READ], [call]) == ([] if allowed else [call])


def test_grant_is_unused_when_no_call_needed_it() -> None:
    call = Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.finance", "A")

    assert ledger.unused([PUBLISH, READ], [call]) == [READ]
