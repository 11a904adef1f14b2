"""Completes alarm descriptions. MiniStack returns all fields only as JSON, and invents values for unset fields.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html"""

import json
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import cloudwatch  # type: ignore[import-not-found]

original_describe_alarms = cloudwatch._describe_alarms


def describe_alarms(params: Any, document: Any, is_cbor: bool, is_json: bool = False) -> Any:
    if is_cbor or is_json:
        return original_describe_alarms(params, document, is_cbor, is_json)
    names = ("AlarmNamePrefix", "StateValue", "NextToken")
    request: dict[str, Any] = {name: cloudwatch._p(params, name) for name in names}
    for name in ("AlarmNames", "AlarmTypes"):
        request[name] = [cloudwatch._p(params, key) for key in params if key.startswith(f"{name}.member.")]
    status, _, body = original_describe_alarms(params, request, is_cbor=False, is_json=True)
    if status != 200:
        return original_describe_alarms(params, document, is_cbor, is_json)
    response = json.loads(body)
    for alarm in response["MetricAlarms"]:
        # MiniStack sets these fields although the alarm uses a percentile or a metric expression.
        invented_fields = ["Statistic"] if alarm["ExtendedStatistic"] else ["Statistic", "Period"]
        for name in invented_fields if alarm["ExtendedStatistic"] or not alarm["MetricName"] else []:
            del alarm[name]
    result_xml = f"<DescribeAlarmsResult>{to_xml(response)}</DescribeAlarmsResult>"
    return cloudwatch._xml(200, "DescribeAlarmsResponse", result_xml)


def to_xml(value: Any, name: str = "") -> str:
    if isinstance(value, dict):
        members = ((key, item) for key, item in value.items() if item not in (None, "", []))
        return "".join(f"<{key}>{to_xml(item, key)}</{key}>" for key, item in members)
    if isinstance(value, list):
        return "".join(f"<member>{to_xml(item)}</member>" for item in value)
    if name.endswith("Timestamp"):
        return str(cloudwatch._ts_iso(value))
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def apply_corrections() -> None:
    cloudwatch._describe_alarms = describe_alarms
