"""`orderflow-dev protect PLAN`: rejects a plan that would delete or replace resources with data."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orderflow_cli import UserError, console

HELP = "Reject a plan that deletes or replaces a table, bus, archive, topic, bucket or key."

KEPT = {
    "aws_dynamodb_table": "table",
    "aws_cloudwatch_event_bus": "bus",
    "aws_cloudwatch_event_archive": "archive",
    "aws_sns_topic": "topic",
    "aws_s3_bucket": "bucket",
    "aws_kms_key": "key",
}
WAY_OUT = (
    "If it was renamed or moved in the configuration, write a `moved` block. To replace it, create the new one, "
    "migrate the data, let Terraform forget the old one with a `removed` block (destroy = false), and delete it by "
    "hand once nobody misses it."
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Exit code 0: the plan keeps them all; 1: it does not; the output lists the losses."
    parser.add_argument("plan", help="output of `terraform show -json <saved plan>`; - for standard input")


def run(args: argparse.Namespace) -> int:
    text = sys.stdin.read() if args.plan == "-" else Path(args.plan).read_text(encoding="utf-8")
    lost = list(losses(read(text)))
    for sentence in lost:
        console.warn(sentence)
    if lost:
        console.warn(WAY_OUT)
        return 1
    console.say("The plan deletes or replaces no resource with data.")
    return 0


def read(text: str) -> Mapping[str, Any]:
    """Parse a plan. Raises UserError if it is not a complete plan."""
    try:
        plan = json.loads(text)
    except ValueError:
        plan = None
    if not isinstance(plan, dict) or "planned_values" not in plan or plan.get("errored"):
        raise UserError("PLAN must be the output of `terraform show -json` for a complete plan.")
    return plan


def losses(plan: Mapping[str, Any]) -> Iterator[str]:
    """Return what it would delete or replace, one sentence each."""
    for resource in plan.get("resource_changes", []):
        change = resource["change"]
        if resource["type"] not in KEPT or "delete" not in change["actions"]:
            continue
        what = f"{resource['address']} ({KEPT[resource['type']]} {_name(change['before'])})"
        if "create" not in change["actions"]:
            yield f"{what} would be deleted."
            continue
        because = sorted({str(path[0]) for path in change.get("replace_paths", [])})
        yield f"{what} would be replaced{f', because of {", ".join(because)}' if because else ''}."


def _name(before: Mapping[str, Any]) -> str:
    return str(next((before[key] for key in ("name", "bucket", "description", "arn", "id") if before.get(key)), ""))
