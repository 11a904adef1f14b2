"""The comparison of grants with the calls that need them."""

import pytest

from dev.permissions import ledger
from dev.permissions.grants import Call, Grant

PUBLISH_GRANT = Grant(
    "finance", "events:PutEvents", "event-bus/orders", "events:detail-type=A; events:source=orderflow.finance"
)
READ_GRANT = Grant("pos_import", "s3:GetObject", "till-files/reports/*.summary.json")
DECRYPT_GRANT = Grant("finance", "kms:Decrypt", "key/*", "kms:ViaService=sqs")
PUBLISH_CALL = Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.finance", "A")


@pytest.mark.parametrize(
    ("call", "use_count"),
    [
        (PUBLISH_CALL, 1),
        (Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.finance", "B"), 0),
        (Call("finance", "events:PutEvents", "event-bus/orders", "orderflow.webhooks", "A"), 0),
        (Call("finance", "events:PutEvents", "event-bus/default", "orderflow.finance", "A"), 0),
        (Call("webhooks", "events:PutEvents", "event-bus/orders", "orderflow.finance", "A"), 0),
        (Call("pos_import", "s3:GetObject", "till-files/reports/a/b.summary.json"), 1),
        (Call("pos_import", "s3:GetObject", "till-files/reports/a.rejected.csv"), 0),
        (Call("pos_import", "s3:PutObject", "till-files/reports/a.summary.json"), 0),
    ],
)
def test_call_uses_a_grant_that_matches_completely(call: Call, use_count: int) -> None:
    entries = ledger.compare([PUBLISH_GRANT, READ_GRANT], [call])

    assert sum(entry.use_count for entry in entries) == use_count


def test_unused_grant_is_reported() -> None:
    (problem,) = ledger.problems(ledger.compare([PUBLISH_GRANT, READ_GRANT, DECRYPT_GRANT], [PUBLISH_CALL]))

    assert problem.startswith("pos_import: s3:GetObject on till-files/reports/*.summary.json was never used")


def test_unobservable_grant_is_reported_when_it_is_used() -> None:
    (problem,) = ledger.problems(ledger.compare([DECRYPT_GRANT], [Call("finance", "kms:Decrypt", "key/*")]))

    assert "is listed in UNOBSERVABLE_GRANTS" in problem
