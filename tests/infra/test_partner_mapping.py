"""The SaaS partner example maps the partner's events to our contract with the rule's input transformer alone."""

import json
from typing import Any

import hcl2
import pytest

from common.errors import PermanentError
from orderflow_cli import ROOT
from recorder.read import read_event

EXAMPLE_FILE = ROOT / "terraform" / "modules" / "event_bus" / "examples" / "saas_partner" / "main.tf"
PARTNER_EVENT = {
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "source": "aws.partner/example.com/111122223333/parcels",
    "detail-type": "parcel.delivered",
    "detail": {
        "reference": "ord_lcbhn5ejehv3vnfhxk6prpfm6s",
        "parcel": "shp-77",
        "delivered_at": "2026-03-04T10:02:41.000Z",
        "courier": "12",
    },
}


def map_partner_event(event: dict[str, Any]) -> str:
    """Return the event as EventBridge would transform it with the example's template and values."""
    with EXAMPLE_FILE.open() as file:
        modules = {name.strip('"'): body for module in hcl2.load(file)["module"] for name, body in module.items()}
    target = modules["deliveries"]["targets"]["intake"]["input"]
    text = str(target["template"]).strip('"').removeprefix("<<-EOT").removesuffix("EOT")
    for name, path in target["values"].items():
        value: Any = event
        for key in str(path).strip('"').removeprefix("$.").split("."):
            value = value[key]
        text = text.replace(f"<{name}>", value)
    return text


@pytest.mark.proves("source/saas_partner_mapping", by="planned")
def test_recorder_accepts_a_mapped_partner_event() -> None:
    event = read_event(map_partner_event(PARTNER_EVENT))

    assert event["metadata"]["event_type"] == "OrderDelivered"
    assert event["metadata"]["event_id"] == PARTNER_EVENT["id"]
    assert event["data"] == {
        "order_id": "ord_lcbhn5ejehv3vnfhxk6prpfm6s",
        "shipment_id": "shp-77",
        "delivered_at": "2026-03-04T10:02:41.000Z",
    }


def test_recorder_rejects_an_unmapped_partner_event() -> None:
    with pytest.raises(PermanentError):
        read_event(json.dumps(PARTNER_EVENT))
