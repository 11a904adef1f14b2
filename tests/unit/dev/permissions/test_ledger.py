"""The comparison of grants with the calls that need them."""

import pytest

from dev.permissions import ledger
from dev.permissions.grants import Call, Grant

PUBLISH = Grant(
    "finance", "events:PutEvents", "event-bus/orders", "events:detail-type=A; events:source=orderflow.finance"
)
READ = Grant("pos_import", "s3:GetObject", "till-files/reports/*.summary.json")
DECRYPT = Grant("finance", "kms:Decrypt", "key/*", "kms:ViaService=sqs")
PUT = Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.finance", "A")


@pytest.mark.parametrize(
    ("call", "uses"),
    [
        (PUT, 1),
        (Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.finance", "B"), 0),
        (Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.webhooks", "A"), 0),
        (Call("finance", "events:PutEvents", "event-bus/default", "orderflow.finance", "A"), 0),
        (Call("webhooks", "events:PutEvents", "event-bus/orders", "orderflow.finance", "A"), 0),
        (Call("pos_import", "s3:GetObject", "till-files/reports/a/b.summary.json"), 1),
        (Call("pos_import", "s3:GetObject", "till-files/reports/a.rejected.csv"), 0),
        (Call("pos_import", "s3:PutObject", "till-files/reports/a.summary.json"), 0),
    ],
)
def test_call_uses_a_grant_that_matches_completely(call: Call, uses: int) -> None:
    entries = ledger.compare([PUBLISH, READ], [call])

    assert sum(entry.uses for entry in entries) == uses


def test_unused_grant_is_reported() -> None:
    (problem,) = ledger.problems(ledger.compare([PUBLISH, READ, DECRYPT], [PUT]))

    assert problem.startswith("pos_import: s3:GetObject on till-files/reports/*.summary.json was never used")


def test_reason_for_a_used_grant_is_reported() -> None:
    (problem,) = ledger.problems(ledger.compare([DECRYPT], [Call("finance", "kms:Decrypt", "key/*")]))

    assert "is listed in UNOBSERVABLE_GRANTS" in problem
