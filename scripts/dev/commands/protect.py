"""`orderflow-dev protect PLAN`: rejects a plan that would delete or replace a resource of a protected type."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orderflow_cli import UserError, console

HELP = "Reject a plan that deletes or replaces a table, bus, archive, topic, bucket or key."

PROTECTED_TYPES = {
    "aws_dynamodb_table": "table",
    "aws_cloudwatch_event_bus": "bus",
    "aws_cloudwatch_event_archive": "archive",
    "aws_sns_topic": "topic",
    "aws_s3_bucket": "bucket",
    "aws_kms_key": "key",
}
ADVICE = (
    "If a resource was renamed or moved in the configuration, add a `moved` block. To replace it, create the new one, "
    "migrate the data, remove the old one from the state with a `removed` block (destroy = false), and delete it "
    "manually when it is no longer needed."
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit code 0: the plan is accepted; 1: it is rejected, or is not a complete plan."
    parser.add_argument("plan", help="output of `terraform show -json <saved plan>`; - for standard input")


def run(args: argparse.Namespace) -> int:
    text = sys.stdin.read() if args.plan == "-" else Path(args.plan).read_text(encoding="utf-8")
    losses = list(describe_losses(parse_plan(text)))
    for loss in losses:
        console.warn(loss)
    if losses:
        console.warn(ADVICE)
        return 1
    console.say("The plan does not delete or replace any table, bus, archive, topic, bucket or key.")
    return 0


def parse_plan(text: str) -> Mapping[str, Any]:
    """Parse a plan. Raises UserError if it is not a complete plan."""
    try:
        plan = json.loads(text)
    except ValueError:
        plan = None
    if not isinstance(plan, dict) or "planned_values" not in plan or plan.get("errored"):
        raise UserError("PLAN must be the output of `terraform show -json` for a complete plan.")
    return plan


def describe_losses(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield one sentence for each resource of a protected type that the plan deletes or replaces."""
    for resource in plan.get("resource_changes", []):
        change = resource["change"]
        if resource["type"] not in PROTECTED_TYPES or "delete" not in change["actions"]:
            continue
        label = f"{resource['address']} ({PROTECTED_TYPES[resource['type']]} {_resource_name(change['before'])})"
        if "create" not in change["actions"]:
            yield f"{label} would be deleted."
            continue
        causes = sorted({str(path[0]) for path in change.get("replace_paths", [])})
        yield f"{label} would be replaced{f', because of {", ".join(causes)}' if causes else ''}."


def _resource_name(values: Mapping[str, Any]) -> str:
    return str(next((values[key] for key in ("name", "bucket", "description", "arn", "id") if values.get(key)), ""))
