"""Whether a target lets its sender in: by the policy of a queue, topic or log group, by a function's permissions, or by
the role that EventBridge or SNS takes. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from orderflow_cli.routes.plan import Arn, Plan, Refers, Resource
from orderflow_cli.routes.topology import Place, Receiver, Topology
from orderflow_cli.routes.verdicts import Answer

_BY_POLICY: Final = {"queue": "sqs:SendMessage", "topic": "sns:Publish", "log group": "logs:PutLogEvents"}
_BY_ROLE: Final = {
    "stream": "kinesis:PutRecord",
    "delivery stream": "firehose:PutRecord",
    "API destination": "events:InvokeApiDestination",
    "state machine": "states:StartExecution",
    "bus": "events:PutEvents",
}
_SENDERS: Final = {"rule target": "events.amazonaws.com", "subscription": "sns.amazonaws.com"}
# Endpoints that nobody has to be let in to.
_OPEN: Final = ("endpoint",)
# Whoever asks is of this kind of principal, and always uses TLS.
_ALWAYS: Final = {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "true"}


@dataclass(frozen=True)
class _Request:
    """Who asks to do what with which place, on whose behalf; None for what a policy need not say."""

    action: str
    sender: str | None = None
    place: Place | None = None
    origin: Resource | None = None


class Permissions:
    def __init__(self, topology: Topology) -> None:
        self.topology, self.plan = topology, topology.plan

    def lets_in(self, receiver: Receiver, place: Place) -> tuple[Answer, str]:
        """Whether a place takes what the receiver's source sends to it, and what is missing or unknown."""
        sender = _SENDERS.get(receiver.kind, "")
        if not sender or place.kind in _OPEN:
            return Answer.YES, ""
        if place.kind in _BY_ROLE:
            return self._by_role(receiver, place)
        answer, missing = self._by_resource_policy(receiver, place, sender)
        has_role = receiver.resource.known("role_arn") is not None or receiver.resource.is_unknown("role_arn")
        if answer is Answer.NO and has_role:
            # The guide advises against a role for these targets, an announcement of March 2025 allows it.
            # https://aws.amazon.com/about-aws/whats-new/2025/03/amazon-eventbridge-iam-execution-role-event-bus-targets/
            by_role, why = self._by_role(receiver, place)
            if by_role is Answer.NO:
                return by_role, why
            return Answer.UNKNOWN, f"its role is used instead, and {missing}"
        return answer, missing

    def _by_resource_policy(self, receiver: Receiver, place: Place, sender: str) -> tuple[Answer, str]:
        if place.resource is None:
            return Answer.UNKNOWN, f"{place.label} is not in this plan"
        origin = receiver.rule if receiver.kind == "rule target" else receiver.source.resource
        if place.kind == "function":
            return self._by_permission(receiver, place, sender, origin)
        action = _BY_POLICY.get(place.kind)
        if action is None:
            return Answer.UNKNOWN, f"who may send to {place.label} is not known here"
        answer = self._by_policy(place.resource, sender, action, origin)
        return _told(answer, f"no statement of its policy lets {sender} {action} for {_said(origin)}")

    def _by_permission(
        self, receiver: Receiver, place: Place, sender: str, origin: Resource | None
    ) -> tuple[Answer, str]:
        answers = [Answer.NO]
        for one in self.plan.of_type("aws_lambda_permission"):
            about = self.topology.end(one, "function_name")
            name = one.known("function_name")
            if about != place and name not in (place.name, place.label):
                if about.kind == "unknown" and one.is_unknown("function_name"):
                    answers.append(Answer.UNKNOWN)
                continue
            if one.known("principal") != sender or one.known("action") not in ("lambda:InvokeFunction", "lambda:*"):
                continue
            answers.append(self._same(one, origin, "source_arn"))
        return _told(_best(answers), f"no aws_lambda_permission lets {sender} invoke it for {_said(origin)}")

    def _by_role(self, receiver: Receiver, place: Place) -> tuple[Answer, str]:
        attribute = "subscription_role_arn" if receiver.kind == "subscription" else "role_arn"
        resource = receiver.resource
        action = {**_BY_ROLE, **_BY_POLICY, "function": "lambda:InvokeFunction"}[place.kind]
        if resource.known(attribute) is None and not resource.is_unknown(attribute):
            # A bus of the same account may also let the rule in by its own policy.
            answer = Answer.UNKNOWN if place.kind == "bus" else Answer.NO
            return answer, f"it has no {attribute}, which is how EventBridge reaches this {place.kind}"
        text = resource.known(attribute)
        role = self.plan.by_arn(text) if text else self.plan.origin(resource, ("aws_iam_role",), attribute)
        if role is None:
            return Answer.UNKNOWN, f"its {attribute} is not in this plan"
        sender = _SENDERS[receiver.kind]
        trust = self._statements(role, "assume_role_policy")
        if trust is None:
            return Answer.UNKNOWN, f"who may take {role.label} is unknown until apply"
        trusted = _best([self._allows(one, _Request("sts:AssumeRole", sender, origin=receiver.rule)) for one in trust])
        if trusted is not Answer.YES:
            return _told(trusted, f"{role.label} does not trust {sender}")
        answers, named = [Answer.NO], {role.address}
        for policy in self.plan.of_type("aws_iam_role_policy"):
            owner = policy.known("role")
            if self.plan.origin(policy, ("aws_iam_role",), "role") is role or owner == role.known("name"):
                named.add(policy.label)
                statements = self._statements(policy, "policy")
                if statements is None:
                    answers.append(Answer.UNKNOWN)
                    continue
                answers += [self._allows(one, _Request(action, place=place)) for one in statements]
        for attachment in self.plan.of_type("aws_iam_role_policy_attachment"):
            owner = attachment.known("role")
            if self.plan.origin(attachment, ("aws_iam_role",), "role") is role or owner == role.known("name"):
                answers += self._attached(attachment, action, place)
        return _told(_best(answers), f"{role.label} may not {action} on {place.label}")

    def _attached(self, attachment: Resource, action: str, place: Place) -> list[Answer]:
        policy = self.plan.origin(attachment, ("aws_iam_policy",), "policy_arn")
        statements = self._statements(policy, "policy") if policy else None
        if policy is None or statements is None:
            return [Answer.UNKNOWN]
        return [self._allows(one, _Request(action, place=place)) for one in statements]

    def _by_policy(self, target: Resource, sender: str, action: str, origin: Resource | None) -> Answer:
        place = self.topology.place(target)
        answers = [Answer.NO]
        for holder, attribute in self._policies(target):
            statements = self._statements(holder, attribute)
            if statements is None:
                answers.append(Answer.UNKNOWN)
            for one in statements or []:
                allows = self._allows(one, _Request(action, sender, place, origin))
                if one.get("Effect") != "Deny":
                    answers.append(allows)
                elif allows is Answer.YES:
                    return Answer.NO
        return _best(answers)

    def _policies(self, target: Resource) -> Iterator[tuple[Resource, str]]:
        """What holds a policy for a queue, topic or log group, and the attribute with it."""
        if target.known("policy") or (target.is_unknown("policy") and self.plan.is_given(target, "policy")):
            yield target, "policy"
        for one in self.plan.of_type("aws_sqs_queue_policy"):
            url = one.known("queue_url")
            named = isinstance(url, str) and url.rpartition("/")[2] == target.known("name")
            if named or self.plan.origin(one, ("aws_sqs_queue",), "queue_url") is target:
                yield one, "policy"
        for one in self.plan.of_type("aws_sns_topic_policy"):
            if self.topology.end(one, "arn").resource is target:
                yield one, "policy"
        if target.type == "aws_cloudwatch_log_group":
            for one in self.plan.of_type("aws_cloudwatch_log_resource_policy"):
                yield one, "policy_document"

    def _statements(self, holder: Resource, attribute: str) -> list[dict[str, Any]] | None:
        """The statements of a policy; of one that is unknown until apply, those of the document that it is made of."""
        text = holder.known(attribute)
        if isinstance(text, str):
            found = json.loads(text).get("Statement", [])
            return [found] if isinstance(found, dict) else list(found)
        if document := self.plan.origin(holder, ("aws_iam_policy_document",), attribute):
            return list(_of_document(self.plan, document))
        written = self.plan.written(holder, attribute)
        found = written.get("Statement") if isinstance(written, dict) else None
        return [found] if isinstance(found, dict) else found

    def _allows(self, statement: Mapping[str, Any], request: _Request) -> Answer:
        """Whether a statement is about a request: its principal, action, resource and conditions fit."""
        answers = [_fits(_list(statement.get("Action")), request.action)]
        if request.sender is not None:
            answers.append(_fits(_principals(statement), request.sender))
        if request.place is not None:
            answers.append(self._is_about(statement, request.place))
        for test, keys in (statement.get("Condition") or {}).items():
            for key, wanted in keys.items():
                answers.append(self._holds(test, key, _list(wanted), request.origin))
        if Answer.NO in answers:
            return Answer.NO
        return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.YES

    def _is_about(self, statement: Mapping[str, Any], place: Place) -> Answer:
        own = self.plan.arn(place.resource) if place.resource else Arn.parse(place.id)
        answers = [_of(one, place.resource, own) or Answer.NO for one in _list(statement.get("Resource"))]
        return _best(answers or [Answer.NO])

    def _holds(self, test: str, key: str, wanted: list[Any], origin: Resource | None) -> Answer:
        test = test.rsplit(":", maxsplit=1)[-1].removesuffix("IfExists")
        if key in _ALWAYS:
            return _fits(wanted, _ALWAYS[key])
        if key.lower() == "aws:sourceaccount":
            known = self.plan.account
            certain = known and all(isinstance(one, str) for one in wanted)
            return _fits(wanted, known) if certain else Answer.UNKNOWN
        if key.lower() != "aws:sourcearn" or test not in ("ArnEquals", "ArnLike", "StringEquals", "StringLike"):
            return Answer.UNKNOWN
        own = self.plan.arn(origin) if origin else None
        answers = [_of(one, origin, own) or Answer.UNKNOWN for one in wanted]
        return _best(answers or [Answer.NO])

    def _same(self, holder: Resource, origin: Resource | None, attribute: str) -> Answer:
        """Whether an attribute, which may be left out, names the origin."""
        text = holder.known(attribute)
        if isinstance(text, str):
            own = self.plan.arn(origin) if origin else None
            return (Answer.YES if _arn_fits(text, own) else Answer.NO) if own else Answer.UNKNOWN
        if not holder.is_unknown(attribute):
            return Answer.YES
        refers = self.plan.origins(holder, attribute)
        if origin in refers:
            return Answer.YES
        return Answer.NO if origin and refers and all(one.type == origin.type for one in refers) else Answer.UNKNOWN


def _of_document(plan: Plan, document: Resource) -> Iterator[dict[str, Any]]:
    """The statements of an aws_iam_policy_document that is read during apply; None for a value that is unknown."""
    unknown = document.unknown.get("statement") or []
    for number, one in enumerate(document.known("statement") or []):
        missing = unknown[number] if number < len(unknown) and isinstance(unknown[number], dict) else {}
        conditions: dict[str, dict[str, Any]] = {}
        for index, each in enumerate(one.get("condition") or []):
            gone = _at(missing, "condition", index, "values")
            values = (
                [Refers(tuple(plan.origins(document, "statement", number, "condition", index)))]
                if gone
                else each["values"]
            )
            conditions.setdefault(each["test"], {})[each["variable"]] = values
        refers = Refers(tuple(plan.origins(document, "statement", number, "resources")))
        given = [refers] if missing.get("resources") else one.get("resources")
        yield {
            "Effect": one.get("effect") or "Allow",
            "Action": one.get("actions") or [],
            "Resource": given,
            "Principal": {each["type"]: each.get("identifiers") or [] for each in one.get("principals") or []},
            "Condition": conditions,
        }


def _at(node: Any, *path: str | int) -> Any:
    for part in path:
        if isinstance(node, list):
            node = node[part] if isinstance(part, int) and part < len(node) else None
        else:
            node = node.get(part) if isinstance(node, dict) else None
    return node


def _principals(statement: Mapping[str, Any]) -> list[Any]:
    given = statement.get("Principal", {})
    if not isinstance(given, dict):
        return [given]
    return [
        *_list(given.get("Service")),
        *(one for kind in ("AWS", "*") for one in _list(given.get(kind)) if one == "*"),
    ]


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _fits(allowed: list[Any], value: str) -> Answer:
    if any(isinstance(one, str) and fnmatchcase(value.lower(), one.lower()) for one in allowed):
        return Answer.YES
    return Answer.NO if all(isinstance(one, str) for one in allowed) else Answer.UNKNOWN


def _arn_fits(pattern: str, own: Arn) -> bool:
    """Whether an ARN with wildcards takes one of which region and account may be unknown."""
    if pattern == "*":
        return True
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return False
    _, _, service, region, account, resource = parts
    if own.service == "logs":
        # A group's policy is about its streams: <group>:*, <group>:*:* or <group>:log-stream:*.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
        resource = re.sub(r"(:log-stream:\*|(:\*)+)$", "", resource)
    return (
        fnmatchcase(own.service, service)
        and (not own.region or fnmatchcase(own.region, region))
        and (not own.account or fnmatchcase(own.account, account))
        and (
            fnmatchcase(own.resource, resource)
            or (own.resource.startswith("api-destination/") and resource.startswith(own.resource))
        )
    )


def _of(named: Any, resource: Resource | None, own: Arn | None) -> Answer | None:
    """Whether what a policy names is a resource; None where the resource's ARN is not known."""
    if isinstance(named, Refers):
        return Answer.YES if resource in named.to else Answer.UNKNOWN
    return None if own is None else Answer.YES if _arn_fits(named, own) else Answer.NO


def _best(answers: list[Answer]) -> Answer:
    return next((one for one in (Answer.YES, Answer.UNKNOWN) if one in answers), Answer.NO)


def _told(answer: Answer, missing: str) -> tuple[Answer, str]:
    return answer, missing if answer is Answer.NO else "a policy holds what is unknown until apply"


def _said(origin: Resource | None) -> str:
    return origin.label if origin else "its sender"
