"""Runs MiniStack, corrected where AWS does otherwise: `python ministack.py`, by MiniStack's own Python.

Bound to the locked MiniStack 1.5.33: each correction replaces a function that MiniStack looks up when it is called, and
tests/integration/scripts/test_ministack.py holds it to what AWS does.
"""

import json
from contextvars import ContextVar
from typing import Any
from xml.sax.saxutils import escape

from ministack import app  # type: ignore[import-not-found]
from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-not-found]
from ministack.services import cloudwatch, dynamodb, eventbridge, lambda_svc, s3, sns  # type: ignore[import-not-found]

# -- Streams over a stop: AWS keeps a stream's records for 24 hours, whatever restarts. MiniStack saves how far each
# mapping has read a stream, but not the stream: a mapping would skip as many new records as it had read old ones.

STREAMS = ("_stream_trimmed", "_stream_records")
"""By table: how many records are past their 24 hours, and the records; a position counts both."""

save_tables, load_tables, load_everything = dynamodb.get_state, dynamodb.load_persisted_state, app._load_persisted_state


def save() -> dict[str, Any]:
    return {**save_tables(), **{name: getattr(dynamodb, name) for name in STREAMS}}


def load(saved: dict[str, Any]) -> None:
    load_tables(saved)
    for name in STREAMS:
        getattr(dynamodb, name).update(saved.get(name, {}))


def load_all() -> None:
    """Positions without records, as a plain MiniStack leaves them, would be positions in another stream."""
    load_everything()
    if not dynamodb._stream_records.has_any():
        dynamodb._stream_trimmed.clear()
        lambda_svc._dynamodb_stream_positions.clear()


dynamodb.get_state, dynamodb.load_persisted_state, app._load_persisted_state = save, load, load_all

# -- Permissions: every policy is judged as AWS judges it.

condition_key, action_of, tag_context, judge = (
    iam_evaluator._resolve_condition_key,
    iam_actions.extract_iam_action,
    iam_actions.request_tag_context,
    iam_evaluator.enforce,
)
sent_entries: ContextVar[list[tuple[str, dict[str, Any]]]] = ContextVar("sent_entries")


def resolve(key: str, context: Any) -> Any:
    """AWS is called over TLS; here nothing leaves the machine, and every call counts as if it were."""
    return "true" if key.lower() == "aws:securetransport" else condition_key(key, context)


def action(*request: Any) -> str | None:
    """A batch is allowed by sns:Publish. https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""
    found: str | None = action_of(*request)
    return "sns:Publish" if found == "sns:PublishBatch" else found


def keep_entries(service: str, iam_action: str, body: bytes, params: Any) -> Any:
    """Keep what PutEvents sends, by bus, for the judge below."""
    entries = json.loads(body or b"{}").get("Entries", []) if iam_action == "events:PutEvents" else []
    sent_entries.set([(entry.get("EventBusName") or "default", entry) for entry in entries])
    return tag_context(service, iam_action, body, params)


def enforce(
    key: str, action: str, service: str, region: str, resource_arn: str = "*", *, service_context: Any = None
) -> Any:
    """PutEvents is judged entry by entry, with events:source and events:detail-type.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    names = {resource_arn, resource_arn.rpartition("/")[2]}
    entries = sent_entries.get([]) if action == "events:PutEvents" else []
    contexts = [
        {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}
        for bus, entry in entries
        if bus in names
    ]
    for context in contexts or [{}]:
        keys = {**(service_context or {}), **context}
        if denied := judge(key, action, service, region, resource_arn, keys):
            return denied
    return None


iam_evaluator._resolve_condition_key, iam_evaluator.enforce = resolve, enforce
iam_actions.extract_iam_action, iam_actions.request_tag_context = action, keep_entries

# -- EventBridge describes a connection with the key that it was given.
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html

create_connection, update_connection = eventbridge._create_connection, eventbridge._update_connection


def connect(make: Any, request: dict[str, Any]) -> Any:
    answer = make(request)
    if answer[0] == 200 and "KmsKeyIdentifier" in request:
        eventbridge._connections[request["Name"]]["KmsKeyIdentifier"] = request["KmsKeyIdentifier"]
    return answer


eventbridge._create_connection = lambda request: connect(create_connection, request)
eventbridge._update_connection = lambda request: connect(update_connection, request)

# -- S3 tells the bus which version of an object was made, where the bucket keeps versions.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html

fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event
made_version: ContextVar[str | None] = ContextVar("made_version", default=None)


def fire_with_version(*args: Any, version_id: str | None = None, **more: Any) -> None:
    made_version.set(version_id)
    fire(*args, version_id=version_id, **more)
    made_version.set(None)


def dispatch_with_version(event: dict[str, Any], *more: Any, **options: Any) -> Any:
    if (version := made_version.get()) and event["Source"] == "aws.s3":
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version
        event = {**event, "Detail": json.dumps(detail)}
    return dispatch(event, *more, **options)


s3._fire_s3_event, eventbridge._dispatch_event = fire_with_version, dispatch_with_version

# -- SNS names a device arn:...:endpoint/<service>/<app>/<id>.
# https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html

create_endpoint = sns._create_platform_endpoint


def create_device(params: Any) -> Any:
    status, headers, body = create_endpoint(params)
    devices = sns._platform_endpoints
    for arn in [arn for arn in devices if ":app/" in arn]:
        renamed = arn.replace(":app/", ":endpoint/")
        devices[renamed] = {**devices.pop(arn), "arn": renamed}
    return status, headers, body.replace(b":app/", b":endpoint/")


sns._create_platform_endpoint = create_device

# -- CloudWatch describes an alarm whole. MiniStack does so in JSON only, and fills in what was not asked for.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html

describe_alarms = cloudwatch._describe_alarms


def describe(params: Any, document: Any, is_cbor: bool, is_json: bool = False) -> Any:
    if is_cbor or is_json:
        return describe_alarms(params, document, is_cbor, is_json)
    names = ("AlarmNamePrefix", "StateValue", "NextToken")
    asked: dict[str, Any] = {name: cloudwatch._p(params, name) for name in names}
    for name in ("AlarmNames", "AlarmTypes"):
        asked[name] = [cloudwatch._p(params, key) for key in params if key.startswith(f"{name}.member.")]
    status, _, body = describe_alarms(params, asked, is_cbor=False, is_json=True)
    if status != 200:
        return describe_alarms(params, document, is_cbor, is_json)
    described = json.loads(body)
    for alarm in described["MetricAlarms"]:
        # Filled in beside a percentile, or an expression over several metrics.
        filled = ["Statistic"] if alarm["ExtendedStatistic"] else ["Statistic", "Period"]
        for name in filled if alarm["ExtendedStatistic"] or not alarm["MetricName"] else []:
            del alarm[name]
    inner = f"<DescribeAlarmsResult>{xml(described)}</DescribeAlarmsResult>"
    return cloudwatch._xml(200, "DescribeAlarmsResponse", inner)


def xml(value: Any, name: str = "") -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{xml(part, key)}</{key}>" for key, part in value.items() if part not in (None, "", []))
    if isinstance(value, list):
        return "".join(f"<member>{xml(part)}</member>" for part in value)
    if name.endswith("Timestamp"):
        return str(cloudwatch._ts_iso(value))
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


cloudwatch._describe_alarms = describe

if __name__ == "__main__":
    app.main()
