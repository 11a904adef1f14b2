"""Deploys an environment to the local cloud. An administrator applies terraform/bootstrap. Then the deploy roles create
the environment, plan it again, change one function, change every type of resource, and destroy the environment.

For `staging`, with every resource of the pipeline except the schema registry, this module records the provider's calls
by resource type, from the provider's log, in tests/infra/generated/provider_calls.json. Run it when the provider or a
module's resources change: `PYTHONPATH=scripts .venv/bin/python -m dev.deploy.record`. For another environment it
records nothing. The run fails if a role is denied a permission that the role requires."""

import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dev.deploy.account import Account
from dev.deploy.required_permissions import ACCOUNT, REGION, Role, resource_permissions, state_permissions
from orderflow_cli import ROOT, UserError, console
from orderflow_cli.commands import rollback
from orderflow_cli.local_cloud.cloud import ACCOUNT_ID, LocalCloud

CALLS_FILE = ROOT / "tests" / "infra" / "generated" / "provider_calls.json"
ENVIRONMENT = "staging"
CHANGED_FUNCTION = "relay"
# Denied actions that the roles do not need or that AWS allows: Terraform lists workspaces, and continues when denied
# (https://github.com/hashicorp/terraform/pull/34511); the emulator knows neither lambda:FunctionArn nor the tags of an
# API that is being created.
IGNORED_DENIED_ACTIONS = {
    ("s3:ListBucket", f"arn:aws:s3:::orderflow-terraform-state-{ACCOUNT_ID}-{REGION}"),
    ("lambda:CreateEventSourceMapping", "*"),
    ("apigateway:POST", f"arn:aws:apigateway:{REGION}::/apis"),
}
_CODE_CHANGES = {
    f'module.pipeline.aws_s3_object.package["{CHANGED_FUNCTION}"]': ["update"],
    f"module.pipeline.module.{CHANGED_FUNCTION}.aws_lambda_function.this": ["update"],
    f"module.pipeline.module.{CHANGED_FUNCTION}.aws_lambda_alias.live": ["update"],
}

# Arguments with which the pipeline module creates every type of resource, before and after a change.
PIPELINE_ARGUMENTS = {
    "initial": """
  carrier             = { endpoint = "https://carrier.shop.test", api_key = var.partner_api_keys["carrier"] }
  forwarded_events    = { alarms = { source = "aws.cloudwatch", detail_types = ["CloudWatch Alarm State Change"] } }
  reserve_concurrency = true
  deletion_protection = true
""",
    "changed": """
  carrier = {
    endpoint         = "https://carrier.shop.test"
    api_key          = var.partner_api_keys["carrier"]
    calls_per_second = 7
  }
  forwarded_events    = { alarms = { source = "aws.cloudwatch", detail_types = ["CloudWatch Alarm State"] } }
  retention           = { log_days = 60, archive_days = 60, till_file_days = 100 }
  sizing              = { recorder = { timeout_seconds = 20, maximum_concurrency = 7 }, finance = { memory_mb = 256 } }
  deletion_protection = false
""",
}
# Replacements in the environment, the pipeline and every module, which update each type of resource in place.
_CONFIGURATION_REPLACEMENTS = (
    (r'(?m)^(\s+description\s*=\s*")', r"\1Changed: "),
    (r'managed_by = "[^"]*"', 'changed = "yes"'),
    (r"rate_limit = \d+", "rate_limit = 77"),
    (r"retention_days = 30\b", "retention_days = 31"),
    (r"maximum_retry_attempts = 1,", "maximum_retry_attempts = 2,"),
    (r'(deadline_check\s*= optional\(string, "rate)\(5 minutes\)', r"\1(9 minutes)"),
    (r"buffer_seconds\s*= optional\(number, 300\)", "buffer_seconds = optional(number, 400)"),
    (r'\["total", "payments", "refunds"\]', '["total", "payments"]'),
    (r'optional\(set\(string\), \["orders"\]\)', 'optional(set(string), ["order"])'),
    (r'(resource "aws_cloudwatch_event_bus" "this" {\n)', r'\1  description = "Changed"\n'),
    (r'(Sid\s*= ")Lambda"', r'\1Lambdas"'),
)
_FIELD = r"\s{}=(\"[^\"]*\"|\S+)"
_LOG_ENTRY = re.compile(r"^\d{4}-\d\d-\d\dT", re.MULTILINE)


def main(environment: str = ENVIRONMENT) -> int:
    with tempfile.TemporaryDirectory() as folder:
        cloud = LocalCloud(Path(folder) / "cloud")
        cloud.emulator.program = "dev.deploy.recording_emulator"
        cloud.start()
        try:
            with console.step("bootstrap"):
                account = Account(cloud, Path(folder), environment)
            recorded_calls = run_lifecycle(account)
        finally:
            cloud.stop()
    if environment == ENVIRONMENT:
        CALLS_FILE.write_text(json.dumps(recorded_calls, indent=1, sort_keys=True) + "\n")
    return 0


def run_lifecycle(account: Account) -> dict[str, dict[str, list[str]]]:
    """Run the phases; return calls (`SQS:CreateQueue`) by resource type and phase. Raises UserError on a failure."""
    log = account.folder / "provider.log"
    calls_by_type: dict[str, dict[str, set[str]]] = {}

    def run_phase(name: str) -> None:
        log.unlink(missing_ok=True)
        with console.step(name):
            change = account.destroy if name == "destroy" else account.apply
            change(TF_LOG_PROVIDER="DEBUG", TF_LOG_PATH=str(log))
        for kind, rpc, call in _logged_calls(log):
            calls_by_type.setdefault(kind, {}).setdefault("read" if rpc == "ReadResource" else name, set()).add(call)

    def check_plan(description: str, expected_changes: dict[str, list[str]]) -> None:
        with console.step(f"plan: {description}"):
            actions = {item["address"]: item["change"]["actions"] for item in account.plan()["resource_changes"]}
        changes = {address: names for address, names in actions.items() if names not in (["no-op"], ["read"])}
        if changes != expected_changes:
            raise UserError(f"The plan must contain {description}; got {changes}.")

    _write_environment(account, "initial")
    plan = account.plan()
    run_phase("create")
    check_plan("no changes", {})
    _change_code(account, CHANGED_FUNCTION)
    check_plan("changes to one function", _CODE_CHANGES)
    run_phase("change")
    versions = rollback.read(account.operator_cloud(), CHANGED_FUNCTION)
    rollback.move_alias(account.operator_cloud(), versions, versions.choose(None))
    check_plan("no changes after a rollback", {})
    _write_environment(account, "changed")
    _change_code(account, "finance")
    run_phase("change")
    _fill_buckets(account.cloud)
    run_phase("destroy")
    calls = {kind: {name: sorted(values) for name, values in phases.items()} for kind, phases in calls_by_type.items()}
    if denied_actions := account.denied_actions() & _required_actions(account, plan, calls) - IGNORED_DENIED_ACTIONS:
        text = ", ".join(f"{action} on {arn}" for action, arn in sorted(denied_actions))
        raise UserError(f"The deploy roles lack permissions: {text}. Grant them in terraform/bootstrap.")
    return calls


def _required_actions(account: Account, plan: dict[str, Any], calls: dict[str, Any]) -> set[tuple[str, str]]:
    """Return each action that the roles require, with its resource's ARN in the local cloud's account."""
    roles: list[Role] = ["apply", "plan"]
    permissions = [permission for role in roles for permission in resource_permissions(plan, calls, role)]
    permissions += [permission for role in roles for permission in state_permissions(account.environment, role)]
    return {(permission.action, permission.resource.replace(ACCOUNT, ACCOUNT_ID)) for permission in permissions}


def add_every_resource(main: str, version: str) -> str:
    """Return the text of the environment's main.tf, extended to create every resource that the pipeline can create."""
    environment_argument = f'  environment = "{ENVIRONMENT}"\n'
    return main.replace(environment_argument, environment_argument + PIPELINE_ARGUMENTS[version])


def _write_environment(account: Account, version: str) -> None:
    """Write the `initial` or the `changed` version of the environment, with all resources but the schema registry."""
    main = account.copy_sources() / "main.tf"
    account.write_variables(dict.fromkeys(("payment_provider", "carrier"), version))
    # The emulator has no schema registry.
    text = add_every_resource(main.read_text(), version)
    main.write_text(text.replace("  storefront =", "  schema_registry = false\n  storefront =", 1))
    if version == "changed":
        copied_folder = account.folder / "terraform"
        for file in [main, *(copied_folder / "modules").rglob("*.tf"), *(copied_folder / "pipeline").glob("*.tf")]:
            text = file.read_text()
            for pattern, replacement in _CONFIGURATION_REPLACEMENTS:
                text = re.sub(pattern, replacement, text)
            file.write_text(text)


def _change_code(account: Account, function: str) -> None:
    """Add a file to the function's zip, so that its code changes."""
    with zipfile.ZipFile(account.zips / f"{function}.zip", "a") as archive:
        archive.writestr("changed.txt", "")


def _fill_buckets(cloud: LocalCloud) -> None:
    """Put two versions of an object and a delete marker into every bucket, for `terraform destroy` to remove."""
    s3 = cloud.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        for body in (b"first", b"second"):
            s3.put_object(Bucket=bucket["Name"], Key="object", Body=body)
        s3.delete_object(Bucket=bucket["Name"], Key="object")


def _logged_calls(log: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (resource type, Terraform RPC, call) for each request that the provider sent for a resource."""
    fields = [re.compile(_FIELD.format(name)) for name in ("tf_resource_type", "tf_rpc", "rpc.service", "rpc.method")]
    # An entry can span several lines. Requests that contain a zip are logged without these fields.
    for entry in _LOG_ENTRY.split(log.read_text()):
        if all(values := [field.search(entry) for field in fields]):
            kind, rpc, service, method = (value[1].strip('"') for value in values if value)
            yield kind, rpc, f"{service}:{method}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
