"""Breaks a part of the local cloud on purpose, and repairs it: a mapping, a permission, a partner."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from orderflow_cli.environments import Cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.simulators import ALL, Simulator
from orderflow_cli.observe.flow import EventSource, Flow

KINDS: Final = {"mapping": "reads its events", "permission": "may use its table", "partner": "answers"}
_POLICY: Final = "studio-takes-permission-away"
_KEPT: Final = "MaxReceiveCount"
_ATTEMPTS: Final = 2
"""While a permission is missing, not the queue's own hundred: the way to the dead-letter queue can be watched."""


@dataclass(frozen=True)
class Switch:
    """`kind` of what it breaks in `part`; `off` whether it is broken now; `effect` says what follows from that."""

    kind: str
    part: str
    effect: str
    off: bool
    turn: Callable[[bool], None]
    """With True it is repaired, with False broken."""

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.part}"

    @property
    def label(self) -> str:
        return f"{self.part.replace('_', ' ').capitalize()}: {KINDS[self.kind]}"


def switches(cloud: Cloud, local: LocalCloud, flow: Flow) -> Iterator[Switch]:
    for one in flow.event_sources:
        yield Switch(
            "mapping",
            one.function,
            "Events wait in front of it, in order, until it is on again.",
            one.state.startswith("Disabl"),
            lambda on, one=one: _mapping(cloud, one, on=on),  # type: ignore[misc]
        )
    for one in flow.event_sources:
        if ":sqs:" in one.source_arn and one.function != "recorder":
            yield Switch(
                "permission",
                one.function,
                f"Every attempt fails; after {_ATTEMPTS}, seconds apart, the message is a dead-letter message.",
                _is_denied(cloud, one),
                lambda on, one=one: _permission(cloud, one, on=on),  # type: ignore[misc]
            )
    running = local.simulators.running()
    for partner in ALL:
        yield Switch(
            "partner",
            partner.name,
            "It refuses connections; what is sent to it meanwhile has to be sent again.",
            running[partner.name] is None,
            lambda on, partner=partner: _partner(local, partner, on=on),  # type: ignore[misc]
        )


def _mapping(cloud: Cloud, one: EventSource, *, on: bool) -> None:
    cloud.client("lambda").update_event_source_mapping(UUID=one.uuid, Enabled=on)


def _role(cloud: Cloud, one: EventSource) -> str:
    name = f"{cloud.prefix}-{one.function}"
    role = cloud.client("lambda").get_function_configuration(FunctionName=name)["Role"]
    return str(role).rpartition("/")[2]


def _is_denied(cloud: Cloud, one: EventSource) -> bool:
    return _POLICY in cloud.client("iam").list_role_policies(RoleName=_role(cloud, one))["PolicyNames"]


def _permission(cloud: Cloud, one: EventSource, *, on: bool) -> None:
    iam, sqs = cloud.client("iam"), cloud.client("sqs")
    role, url = _role(cloud, one), sqs.get_queue_url(QueueName=one.source)["QueueUrl"]
    said = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    redrive: dict[str, Any] = json.loads(said)
    if on:
        kept = iam.get_role_policy(RoleName=role, PolicyName=_POLICY)["PolicyDocument"]
        document: dict[str, Any] = json.loads(kept) if isinstance(kept, str) else kept
        attempts = int(document["Statement"][0]["Sid"].removeprefix(_KEPT))
        iam.delete_role_policy(RoleName=role, PolicyName=_POLICY)
    else:
        attempts, sid = _ATTEMPTS, f"{_KEPT}{redrive['maxReceiveCount']}"  # the policy keeps what is to be put back
        deny = {"Sid": sid, "Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [deny]}
        iam.put_role_policy(RoleName=role, PolicyName=_POLICY, PolicyDocument=json.dumps(document))
    changed = json.dumps(redrive | {"maxReceiveCount": attempts})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": changed})


def _partner(local: LocalCloud, partner: Simulator, *, on: bool) -> None:
    if on:
        local.simulators.start()
        local.furnish()
    else:
        local.simulators.stop_one(partner)
