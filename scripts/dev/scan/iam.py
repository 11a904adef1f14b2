"""Lints every policy of a plan with parliament: unknown actions, mismatched resources and conditions, wildcards."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.toolchain import venvs

_CHILD_SCRIPT = Path(__file__).with_name("parliament_child.py")


@dataclass(frozen=True, order=True)
class Finding:
    """A finding reported by parliament; `policy` is `<resource address>.<attribute name>`."""

    policy: str
    issue: str
    detail: str


@dataclass(frozen=True)
class Suppression:
    """Suppresses the findings of an issue whose policy and detail match these patterns."""

    issue: str
    policy: str
    detail: str

    def covers(self, finding: Finding) -> bool:
        match = re.search(self.policy, finding.policy) and re.search(self.detail, finding.detail)
        return finding.issue == self.issue and bool(match)


_KMS_KEY = r"(^|\.)aws_kms_key\."
_DEPLOYMENT_POLICY = r"^aws_iam_policy\.this\["
_TRUST_POLICY = r"\.assume_role_policy$"
_RELAY = r"\.relay\.aws_iam_role_policy\."
_LOGS_CONDITION = "kms:EncryptionContext:aws:logs:arn for action kms:DescribeKey"
SUPPRESSIONS = (
    # A trust policy has no Resource.
    Suppression("MALFORMED", _TRUST_POLICY, "neither Resource nor NotResource"),
    # In a key policy, `*` means the key that has the policy.
    Suppression("RESOURCE_STAR", _KMS_KEY, ""),
    # An encryption context is a string; this one contains an ARN.
    Suppression("MISMATCHED_TYPE", _KMS_KEY, "ArnLike requires a value of type Arn but given String"),
    # CloudWatch Logs documents this statement for its keys; it does not grant DescribeKey.
    Suppression("UNKNOWN_CONDITION_FOR_ACTION", _KMS_KEY, _LOGS_CONDITION),
    # The label of a stream contains colons, at which parliament splits the ARN.
    Suppression("RESOURCE_MISMATCH", _RELAY, r"required_format': 'arn:\*:dynamodb:\*:\*:table/\*/stream/\*'"),
    # The DynamoDB guide grants ListStreams on the streams of a table, though the list of actions names no resource.
    Suppression("RESOURCE_MISMATCH", _RELAY, r"^\[\{'action': 'dynamodb:ListStreams', 'required_format': '\*'\}\]$"),
    # PutCompositeAlarm requires a permission on `*`, as the API reference says.
    Suppression("RESOURCE_STAR", _DEPLOYMENT_POLICY, r"^\['cloudwatch:PutCompositeAlarm'\]$"),
    # DescribeAlarms returns composite alarms only to callers with a permission on `*`, as the API reference says.
    Suppression("RESOURCE_STAR", rf"{_DEPLOYMENT_POLICY}|\.(operators|reader)\b", r"^\['cloudwatch:DescribeAlarms'\]$"),
    # IAM documents iam:PermissionsBoundary with StringEquals; parliament expects an ARN.
    Suppression(
        "MISMATCHED_TYPE_BUT_USABLE", _DEPLOYMENT_POLICY, "StringEquals requires a value of type String but given Arn"
    ),
    # The apply role writes the policies of the environment's buckets; therefore an apply requires an approval.
    Suppression("RESOURCE_POLICY_PRIVILEGE_ESCALATION", _DEPLOYMENT_POLICY, r"on arn:aws:s3:::orderflow-\w+-\*"),
    # API Gateway requires these actions to create an API with tags; parliament's list of actions lacks them.
    Suppression("UNKNOWN_ACTION", _DEPLOYMENT_POLICY, r"apigateway:(Tag|Untag)Resource$"),
    # GitHub issues these tokens; the trust policies check the audience and subject of a token.
    Suppression("UNKNOWN_FEDERATION_SOURCE", _TRUST_POLICY, "token.actions.githubusercontent.com"),
)


def policies(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return every policy document that is known in the plan, by address and attribute."""
    return {
        f"{change['address']}.{name}": value
        for change in plan["resource_changes"]
        for name, value in (change["change"].get("after") or {}).items()
        if isinstance(value, str) and '"Statement"' in value
    }


def lint(documents: dict[str, str]) -> list[Finding]:
    """Return parliament's findings, including suppressed ones. Raises UserError if parliament fails."""
    command = [str(venvs.ensure("checkov")), "-W", "ignore", str(_CHILD_SCRIPT)]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(command, input=json.dumps(documents), env=env, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        raise UserError(f"parliament failed: {result.stderr.strip()[-2000:]}")
    return sorted(Finding(**finding) for finding in json.loads(result.stdout))


def unsuppressed_findings(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if not any(suppression.covers(finding) for suppression in SUPPRESSIONS)]
