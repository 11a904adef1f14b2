"""Checks whether a target allows the sender: by the policy of a queue, topic, log group or key, by a function's
permissions or by the role that the sender assumes. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from orderflow_cli.routes.plan import Arn, Plan, References, Resource, get_value
from orderflow_cli.routes.topology import Node, Receiver, Topology
from orderflow_cli.routes.verdicts import Answer

_POLICY_ACTIONS: Final = {"queue": "sqs:SendMessage", "topic": "sns:Publish", "log group": "logs:PutLogEvents"}
_ROLE_ACTIONS: Final = {
    "stream": "kinesis:PutRecord",
    "delivery stream": "firehose:PutRecord",
    "API destination": "events:InvokeApiDestination",
    "state machine": "states:StartExecution",
    "bus": "events:PutEvents",
}
_SENDERS: Final = {
    "aws_cloudwatch_event_target": "events.amazonaws.com",
    "aws_sns_topic_subscription": "sns.amazonaws.com",
    "aws_pipes_pipe": "pipes.amazonaws.com",
}
# Resource types that attach a policy to another resource, with the attribute that names that resource.
_POLICY_TARGET_ATTRIBUTES: Final = {
    "aws_sqs_queue_policy": "queue_url",
    "aws_sns_topic_policy": "arn",
    "aws_kms_key_policy": "key_id",
}
# The encryption context of a queue's or topic's messages: https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
_ENCRYPTION_CONTEXT_KEYS: Final = {
    "aws_sqs_queue": "kms:encryptioncontext:aws:sqs:arn",
    "aws_sns_topic": "kms:encryptioncontext:aws:sns:topicarn",
}
# Condition keys of every request: the sender is an AWS service principal and uses TLS.
_CONDITION_KEY_VALUES: Final = {"aws:securetransport": "true", "aws:principalisawsservice": "true"}


@dataclass(frozen=True)
class _Request:
    """A request to AWS. `sender` and `node` are not checked if None; `origin` is the resource in aws:SourceArn."""

    action: str
    sender: str | None = None
    node: Node | None = None
    origin: Resource | None = None
    encrypted_resource: Resource | None = None


class Permissions:
    def __init__(self, topology: Topology) -> None:
        self.topology, self.plan = topology, topology.plan

    def check(self, receiver: Receiver, node: Node) -> tuple[Answer, str]:
        """Return whether a node allows the receiver's source to send to it, and what is missing or unknown."""
        sender = _SENDERS.get(receiver.resource.type, "")
        if not sender or node.kind == "endpoint":
            return Answer.YES, ""
        # A pipe writes with its role: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
        if receiver.kind == "mapping":
            return self._check_role(receiver, node)
        answer, reason = self._check_permission(receiver, node, sender)
        if answer is Answer.YES and node.resource and node.kind in ("queue", "topic"):
            return self._check_key_policy(node.resource, sender)
        return answer, reason

    def _check_permission(self, receiver: Receiver, node: Node, sender: str) -> tuple[Answer, str]:
        if node.kind in _ROLE_ACTIONS:
            answer, reason = self._check_role(receiver, node)
            arn = None if node.resource else Arn.parse(node.id)
            if answer is Answer.YES and arn and arn.account != self.plan.account:
                return Answer.UNKNOWN, f"the policy of {node.label} in another account is not in this plan"
            return answer, reason
        answer, reason = self._check_resource_policy(receiver, node, sender)
        has_role = receiver.resource.value("role_arn") is not None or receiver.resource.is_unknown("role_arn")
        if answer is Answer.NO and has_role and node == receiver.target:
            # The guide advises against a role for these targets; an AWS announcement of March 2025 allows one.
            # https://aws.amazon.com/about-aws/whats-new/2025/03/amazon-eventbridge-iam-execution-role-event-bus-targets/
            role_answer, role_reason = self._check_role(receiver, node)
            if role_answer is Answer.NO:
                return role_answer, role_reason
            return Answer.UNKNOWN, f"{reason}, but the role of {receiver.label} may allow it"
        return answer, reason

    def _check_resource_policy(self, receiver: Receiver, node: Node, sender: str) -> tuple[Answer, str]:
        origin = receiver.rule if receiver.kind == "rule target" else receiver.source.resource
        if node.kind == "function":
            answer, reason = self._check_lambda_permissions(receiver, node, sender, origin)
            if node.resource or answer is not Answer.NO:
                return answer, reason
        if node.resource is None:
            return Answer.UNKNOWN, f"{node.label} is not in this plan"
        action = _POLICY_ACTIONS.get(node.kind)
        if action is None:
            return Answer.UNKNOWN, f"the permission to send to {node.label} cannot be checked"
        reason = f"its policy does not allow {sender} to call {action} for {_origin_label(origin)}"
        return _pair_with_reason(self._check_policies(node.resource, sender, action, origin), reason)

    def _check_key_policy(self, resource: Resource, sender: str) -> tuple[Answer, str]:
        """Return whether the key of an encrypted queue or topic allows the sender.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"""
        name = resource.value("kms_master_key_id")
        if not name and not resource.is_unknown("kms_master_key_id"):
            return Answer.YES, ""
        if "alias/aws/" in str(name):
            return Answer.NO, f"other services cannot use {name}, an AWS managed key; use a customer managed key"
        kinds = ("aws_kms_key", "aws_kms_alias")
        key = self.plan.resolve(resource, kinds, "kms_master_key_id")
        if key and key.type == "aws_kms_alias":
            key = self.plan.resolve(key, kinds, "target_key_id")
        if key is None:
            return Answer.UNKNOWN, "its key is not in this plan"
        for action in ("kms:GenerateDataKey", "kms:Decrypt"):
            request = _Request(action, sender, self.topology.node(key), encrypted_resource=resource)
            answer = self._evaluate(self._policies(key), request)
            if answer is not Answer.YES:
                return _pair_with_reason(answer, f"the policy of {key.label} does not allow {sender} to call {action}")
        return Answer.YES, ""

    def _check_lambda_permissions(
        self, receiver: Receiver, node: Node, sender: str, origin: Resource | None
    ) -> tuple[Answer, str]:
        grants = [Answer.NO]
        alias = self._qualifier(receiver.resource, "arn" if receiver.kind == "rule target" else "endpoint")
        for permission in self.plan.find_all("aws_lambda_permission"):
            function = self.topology.function(permission)
            required = {"principal": sender, "action": "lambda:InvokeFunction"}
            if any(_matches([permission.value(key)], value) is Answer.NO for key, value in required.items()):
                continue
            if function.kind == "unknown":
                grants.append(Answer.UNKNOWN)
            elif function == node or (function.resource is node.resource is None and function.name == node.name):
                scope = self._qualifier(permission, "qualifier") or self._qualifier(permission, "function_name")
                answers = [Answer.UNKNOWN if None in (alias, scope) else Answer.YES if alias == scope else Answer.NO]
                account = permission.value("source_account")
                answers += [_matches([account], self.plan.account)] if account and self.plan.account else []
                grants.append(_weakest_answer([*answers, self._matches_origin(permission, origin, "source_arn")]))
        qualifier_text = f" with qualifier {alias}" if alias else ""
        reason = f"no aws_lambda_permission lets {sender} invoke it{qualifier_text} for {_origin_label(origin)}"
        return _pair_with_reason(_strongest_answer(grants), reason)

    def _qualifier(self, resource: Resource, attribute: str) -> str | None:
        """Return the function version or alias that an attribute names: "" if it names none, None if unknown.
        A permission covers only the version or alias that it names: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html"""
        if isinstance(text := resource.value(attribute), str):
            return text if attribute == "qualifier" else text.rpartition("function:")[2].partition(":")[2]
        if not resource.is_unknown(attribute):
            return ""
        aliases = [one for one in self.plan.origins(resource, attribute) if one.type == "aws_lambda_alias"]
        if len(aliases) == 1:
            return str(aliases[0].value("name"))
        return None if aliases or attribute == "qualifier" else ""

    def _check_role(self, receiver: Receiver, node: Node) -> tuple[Answer, str]:
        attribute = "subscription_role_arn" if receiver.kind == "subscription" else "role_arn"
        resource = receiver.resource
        sender = _SENDERS[resource.type]
        action = {**_ROLE_ACTIONS, **_POLICY_ACTIONS, "function": "lambda:InvokeFunction"}.get(node.kind)
        if action is None:
            return Answer.UNKNOWN, f"the permission to send to {node.label} cannot be checked"
        if resource.value(attribute) is None and not resource.is_unknown(attribute):
            # A bus in the same account can also allow the rule by its policy.
            answer = Answer.UNKNOWN if node.kind == "bus" else Answer.NO
            return answer, f"no {attribute} is set, but {sender} needs one to send to this {node.kind}"
        role = self.plan.resolve(resource, ("aws_iam_role",), attribute)
        if role is None:
            return Answer.UNKNOWN, f"the role in {attribute} is not in this plan"
        trust_policies = [self._statements(role, "assume_role_policy")]
        trust_answer = self._evaluate(trust_policies, _Request("sts:AssumeRole", sender, origin=receiver.rule))
        if trust_answer is not Answer.YES:
            return _pair_with_reason(trust_answer, f"{role.label} does not trust {sender}")
        answer = self._evaluate(self._role_policies(role), _Request(action, node=node))
        return _pair_with_reason(answer, f"the policies of {role.label} do not allow {action} on {node.label}")

    def _role_policies(self, role: Resource) -> Iterator[list[dict[str, Any]] | None]:
        """Yield the statements of each policy of a role; None for a policy that is unknown or not in the plan."""
        for attachment in self.plan.find_all(
            "aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_iam_policy_attachment"
        ):
            is_attached = role.value("name") in (attachment.value("roles") or ())
            is_attached = is_attached or role in self.plan.origins(attachment, "roles")
            if is_attached or self.plan.resolve(attachment, ("aws_iam_role",), "role") is role:
                is_inline = attachment.type == "aws_iam_role_policy"
                policy = attachment if is_inline else self.plan.resolve(attachment, ("aws_iam_policy",), "policy_arn")
                yield self._statements(policy, "policy") if policy else None
        if self.plan.is_set(role, "inline_policy"):
            for number, inline_policy in enumerate(role.value("inline_policy") or [{}]):
                document = self.plan.origin(role, ("aws_iam_policy_document",), "inline_policy", number, "policy")
                text = inline_policy.get("policy")
                document_statements = list(_read_statements(self.plan, document)) if document else None
                yield _as_list(json.loads(text).get("Statement")) if text else document_statements
        if self.plan.is_set(role, "managed_policy_arns"):
            policies = [self.plan.find_by_arn(text) for text in role.value("managed_policy_arns") or []]
            origins = self.plan.origins(role, "managed_policy_arns")
            for policy in policies or [one for one in origins if one.type == "aws_iam_policy"] or [None]:
                yield self._statements(policy, "policy") if policy else None

    def _policies(self, target: Resource) -> Iterator[list[dict[str, Any]] | None]:
        """Yield the statements of each policy of a queue, topic, log group or key."""
        if target.value("policy") or (target.is_unknown("policy") and self.plan.is_set(target, "policy")):
            yield self._statements(target, "policy")
        for kind, attribute in _POLICY_TARGET_ATTRIBUTES.items():
            for policy in self.plan.find_all(kind):
                if self.plan.resolve(policy, (target.type,), attribute) is target:
                    yield self._statements(policy, "policy")
        if target.type == "aws_cloudwatch_log_group":
            for policy in self.plan.find_all("aws_cloudwatch_log_resource_policy"):
                yield self._statements(policy, "policy_document")

    def _check_policies(self, target: Resource, sender: str, action: str, origin: Resource | None) -> Answer:
        return self._evaluate(self._policies(target), _Request(action, sender, self.topology.node(target), origin))

    def _evaluate(self, policies: Iterable[list[dict[str, Any]] | None], request: _Request) -> Answer:
        """Return whether the policies allow a request and none denies it; None stands for an unknown policy."""
        grants, denials = [Answer.NO], [Answer.NO]
        for statements in policies:
            if statements is None:
                grants.append(Answer.UNKNOWN)
            for statement in statements or ():
                (denials if statement.get("Effect") == "Deny" else grants).append(self._applies(statement, request))
        if Answer.YES in denials:
            return Answer.NO
        answer = _strongest_answer(grants)
        return Answer.UNKNOWN if answer is Answer.YES and Answer.UNKNOWN in denials else answer

    def _statements(self, holder: Resource, attribute: str) -> list[dict[str, Any]] | None:
        """Return the statements of a policy or, if it is unknown until apply, of its policy document."""
        text = holder.value(attribute)
        if isinstance(text, str):
            return _as_list(json.loads(text).get("Statement"))
        if document := self.plan.origin(holder, ("aws_iam_policy_document",), attribute):
            return list(_read_statements(self.plan, document))
        source_document = self.plan.source_value(holder, attribute)
        return _as_list(source_document.get("Statement")) if isinstance(source_document, dict) else None

    def _applies(self, statement: Mapping[str, Any], request: _Request) -> Answer:
        """Return whether a statement applies to a request, with its principal, action, resource and conditions."""
        answers = [_matches_element(statement, "Action", lambda value: _matches(_as_list(value), request.action))]
        if (sender := request.sender) is not None:
            answers.append(
                _matches_element(statement, "Principal", lambda value: _matches(_service_principals(value), sender))
            )
        if (node := request.node) is not None:
            answers.append(_matches_element(statement, "Resource", lambda value: self._matches_node(value, node)))
        for test, keys in (statement.get("Condition") or {}).items():
            for key, expected in keys.items():
                answers.append(self._condition_holds(test, key, _as_list(expected), request))
        return _weakest_answer(answers)

    def _matches_node(self, resource_values: Any, node: Node) -> Answer:
        arn = self.plan.arn(node.resource) if node.resource else Arn.parse(node.id)
        if node.id == "default":
            arn = Arn("events", self.plan.account, self.plan.region, "event-bus/default")
        answers = [_matches_resource(one, node.resource, arn) or Answer.NO for one in _as_list(resource_values)]
        return _strongest_answer(answers)

    def _condition_holds(self, test: str, key: str, expected: list[Any], request: _Request) -> Answer:
        test = test.rsplit(":", maxsplit=1)[-1].removesuffix("IfExists")
        if "Not" in test:
            return _negate(self._condition_holds(test.replace("Not", ""), key, expected, request))
        expected = [str(one).lower() if isinstance(one, bool) else one for one in expected]
        if test == "Null" and key.lower() in (*_CONDITION_KEY_VALUES, "aws:sourceaccount", "aws:sourcearn"):
            return _matches(expected, "false")  # service principals always send these keys
        if fixed_value := _CONDITION_KEY_VALUES.get(key.lower()):
            return _matches(expected, fixed_value)
        if key.lower() == "aws:sourceaccount":
            account = self.plan.account
            is_known = account and all(isinstance(one, str) for one in expected)
            return _matches(expected, account) if is_known else Answer.UNKNOWN
        subject = request.origin
        if request.encrypted_resource and key.lower().startswith("kms:encryptioncontext:"):
            if key.lower() != _ENCRYPTION_CONTEXT_KEYS[request.encrypted_resource.type]:
                return Answer.NO
            subject = request.encrypted_resource
        elif key.lower() != "aws:sourcearn":
            return Answer.UNKNOWN
        if test not in ("ArnEquals", "ArnLike", "StringEquals", "StringLike"):
            return Answer.UNKNOWN
        arn = self.plan.arn(subject) if subject else None
        if test == "StringEquals":  # treats a wildcard as a character, unlike ArnEquals
            expected = [one for one in expected if not (isinstance(one, str) and re.search("[*?]", one))]
        answers = [_matches_resource(one, subject, arn) or Answer.UNKNOWN for one in expected]
        return _strongest_answer(answers or [Answer.NO])

    def _matches_origin(self, holder: Resource, origin: Resource | None, attribute: str) -> Answer:
        """Return whether an attribute names the origin or is not set."""
        text = holder.value(attribute)
        if isinstance(text, str):
            arn = self.plan.arn(origin) if origin else None
            return (Answer.YES if _arn_matches(text, arn) else Answer.NO) if arn else Answer.UNKNOWN
        if not holder.is_unknown(attribute):
            return Answer.YES
        origins = self.plan.origins(holder, attribute)
        if origin in origins:
            return Answer.YES
        return Answer.NO if origin and origins and all(one.type == origin.type for one in origins) else Answer.UNKNOWN


def _read_statements(plan: Plan, document: Resource) -> Iterator[dict[str, Any]]:
    """Yield the statements of an aws_iam_policy_document, with `References` for values unknown until apply."""
    for name in ("source_policy_documents", "override_policy_documents"):
        for text in filter(None, document.value(name) or []):
            yield from _as_list(json.loads(text).get("Statement"))
        for origin in plan.origins(document, name):
            yield from _read_statements(plan, origin) if origin.type == document.type and origin is not document else ()
    for number, block in enumerate(document.value("statement") or []):

        def values(*path: str | int, number: int = number, block: Any = block) -> list[Any]:
            unknown = get_value(document.unknown.get("statement"), number, *path)
            origins = References(tuple(plan.origins(document, "statement", number, *path)))
            if unknown is True:
                return [origins]
            items = enumerate(get_value(block, *path) or [])
            return [origins if get_value(unknown, index) is True else value for index, value in items]

        statement: dict[str, Any] = {"Effect": block.get("effect") or "Allow", "Condition": {}}
        for name, key in (("Action", "actions"), ("Resource", "resources")):
            statement |= {f"Not{name}": values(f"not_{key}")} if block.get(f"not_{key}") else {name: values(key)}
        for name, block_name in (("Principal", "principals"), ("NotPrincipal", "not_principals")):
            principals = {each["type"]: each.get("identifiers") or [] for each in block.get(block_name) or []}
            statement |= {name: principals} if principals else {}
        for index, condition in enumerate(block.get("condition") or []):
            condition_keys = statement["Condition"].setdefault(condition["test"], {})
            condition_keys[condition["variable"]] = values("condition", index, "values")
        yield statement


def _matches_element(statement: Mapping[str, Any], name: str, matches: Callable[[Any], Answer]) -> Answer:
    """Evaluate an element of a statement: Action, Principal or Resource, or its negation, such as NotAction."""
    return _negate(matches(statement[f"Not{name}"])) if f"Not{name}" in statement else matches(statement.get(name))


def _negate(answer: Answer) -> Answer:
    return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(answer, answer)


def _service_principals(principal: Any) -> list[Any]:
    if not isinstance(principal, dict):
        return [principal]
    return [
        *_as_list(principal.get("Service")),
        *(one for kind in ("AWS", "*") for one in _as_list(principal.get(kind)) if one == "*"),
    ]


def _as_list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _matches(patterns: list[Any], value: str) -> Answer:
    if any(isinstance(one, str) and fnmatchcase(value.lower(), one.lower()) for one in patterns):
        return Answer.YES
    return Answer.NO if all(isinstance(one, str) for one in patterns) else Answer.UNKNOWN


def _arn_matches(pattern: str, arn: Arn) -> bool:
    """Return whether an ARN pattern matches an ARN whose region and account may be unknown."""
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return False
    _, _, service, region, account, resource = parts
    if arn.service == "logs":
        # A log group's policy applies to its streams: <group>:*, <group>:*:* or <group>:log-stream:*.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
        resource = re.sub(r"(:log-stream:\*|(:\*)+)$", "", resource)
    return (
        fnmatchcase(arn.service, service)
        and (not arn.region or fnmatchcase(arn.region, region))
        and (not arn.account or fnmatchcase(arn.account, account))
        and (
            fnmatchcase(arn.resource, resource)
            or (arn.resource.startswith("api-destination/") and resource.startswith(arn.resource))
        )
    )


def _matches_resource(value: Any, resource: Resource | None, arn: Arn | None) -> Answer | None:
    """Return whether a policy names a resource; None if the resource's ARN is unknown."""
    if value == "*":
        return Answer.YES
    if isinstance(value, References):
        return Answer.YES if resource in value.resources else Answer.UNKNOWN
    return None if arn is None else Answer.YES if _arn_matches(value, arn) else Answer.NO


def _weakest_answer(answers: list[Answer]) -> Answer:
    return next((one for one in (Answer.NO, Answer.UNKNOWN) if one in answers), Answer.YES)


def _strongest_answer(answers: list[Answer]) -> Answer:
    return next((one for one in (Answer.YES, Answer.UNKNOWN) if one in answers), Answer.NO)


def _pair_with_reason(answer: Answer, reason: str) -> tuple[Answer, str]:
    return answer, reason if answer is Answer.NO else f"possibly {reason}; a value or condition cannot be evaluated"


def _origin_label(origin: Resource | None) -> str:
    return origin.label if origin else "its sender"
