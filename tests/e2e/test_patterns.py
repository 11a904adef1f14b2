"""Each comparison of an event pattern lets through what it should: one event that matches, one that nearly does."""

import uuid
from typing import Any

import pytest

from tests.e2e.conftest import wait_for
from tests.e2e.emulators import EveryOption

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "prefix": ({"sku": "TEA-1"}, {"sku": "TEE-1"}),
    "suffix": ({"file": "till.csv"}, {"file": "till.csv.gz"}),
    "wildcard": ({"path": "store/7/till-?"}, {"path": "store/7/desk-1"}),
    "anything_but": ({"channel": "web"}, {"channel": "pos"}),
    "numeric": ({"amount": 100}, {"amount": 200}),
    "exists": ({"coupon": "SPRING"}, {"voucher": "SPRING"}),
    "cidr": ({"ip": "10.1.255.1"}, {"ip": "10.2.0.1"}),
    "equals_ignore_case": ({"country": "Nl"}, {"country": "NLD"}),
    "or": ({"weight": 31}, {"weight": 30, "gift": False}),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.proves(f"pattern/{name}", by="delivered")) for name in CASES]
)
def test_rule_gets_the_event_that_matches_only_when_two_are_sent(every_option: EveryOption, name: str) -> None:
    match, near_miss = CASES[name]
    unique = uuid.uuid4().hex

    for label, detail in (("near", near_miss), ("match", match)):
        every_option.send("shop.patterns", {"number": f"{label}-{unique}", **detail})

    # Events are dispatched in the order in which they came: once the second is here the first has been judged.
    found = wait_for(lambda: every_option.seen("pattern", f"match-{unique}"))
    assert found == [{"rule": name, "number": f"match-{unique}"}]
    assert every_option.seen("pattern", f"near-{unique}") == []
