"""Every example of an event maps to a CloudEvent by the table in docs/adr/0016-events-as-cloudevents.md."""

import json
import re
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent

from orderflow_cli import ROOT

PAGE = (ROOT / "docs" / "adr" / "0016-events-as-cloudevents.md").read_text()
SOURCES_BY_ATTRIBUTE = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE))
EXAMPLE_PATHS = sorted(ROOT.glob("lambdas/contracts/examples/*/valid/*.json"))


def envelope(example: Path) -> dict[str, Any]:
    """Return the example in an EventBridge envelope."""
    detail = json.loads(example.read_text())
    metadata = detail["metadata"]
    return {"source": f"orderflow.{metadata['producer']}", "detail-type": metadata["event_type"], "detail": detail}


def map_to_cloud_event(event: dict[str, Any]) -> dict[str, Any]:
    attrs: dict[str, Any] = {}
    for name, source in SOURCES_BY_ATTRIBUTE.items():
        is_json = source.startswith('"')
        attrs[name] = json.loads(source) if is_json else reduce(lambda part, key: part[key], source.split("."), event)
    return {**attrs, "time": datetime.fromisoformat(attrs["time"])}


@pytest.mark.parametrize("example", EXAMPLE_PATHS, ids=lambda example: f"{example.parts[-3]}-{example.stem}")
def test_example_maps_to_a_cloud_event(example: Path) -> None:
    event = envelope(example)
    attributes = map_to_cloud_event(event)
    data = attributes.pop("data")

    result = CloudEvent(attributes=attributes, data=data)

    assert result.get_id() == event["detail"]["metadata"]["event_id"]
    assert result.get_type() == event["detail-type"]
    assert result.get_data() == event["detail"]["data"]
