"""Records which calls the provider makes for each type of resource while an environment is created, read, changed and
destroyed on the local cloud: tests/infra/generated/provider_calls.json.

The provider's own log says for which type of resource it calls. Run it after a change of provider or of what a module
uses: `PYTHONPATH=scripts .venv/bin/python -m dev.deploy.record`."""

import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from orderflow_cli import ROOT, UserError, console
from orderflow_cli.build import package, plans
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.toolchain import terraform

CALLS = ROOT / "tests" / "infra" / "generated" / "provider_calls.json"
ENVIRONMENT = "staging"
PORT = 5640
_PASSWORDS = {"first": "first", "second": "second"}

# Put into the environment's call of the pipeline: everything that the pipeline can make, before and after a change.
EVERYTHING = {
    "first": """
  carrier             = { endpoint = "https://carrier.shop.test", api_key = var.partner_api_keys["carrier"] }
  forwarded_events    = { alarms = { source = "aws.cloudwatch", detail_types = ["CloudWatch Alarm State Change"] } }
  reserve_concurrency = true
  deletion_protection = true
""",
    "second": """
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
# What is changed, in every module and in the environment, so that each type of resource is updated in place.
_CHANGES = (
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
_ENTRY = re.compile(r"^\d{4}-\d\d-\d\dT", re.MULTILINE)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        cloud = LocalCloud(Path(folder) / "cloud", PORT)
        cloud.start()
        try:
            recorded = record(cloud, Path(folder))
        finally:
            cloud.stop()
    CALLS.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
    return 0


def record(cloud: LocalCloud, folder: Path) -> dict[str, dict[str, list[str]]]:
    """Type of resource -> phase -> calls, such as `SQS:CreateQueue`."""
    package.build()
    found: dict[str, dict[str, set[str]]] = {}
    for phase, arguments in (
        ("create", ["apply", "-auto-approve", "-parallelism=40"]),
        ("read", ["plan", "-lock=false"]),
        ("change", ["apply", "-auto-approve", "-parallelism=40"]),
        ("destroy", ["destroy", "-auto-approve", "-parallelism=40"]),
    ):
        version = "first" if phase in {"create", "read"} else "second"
        root = _written(folder, version)
        log = folder / f"{phase}.log"
        own = {name: value for name, value in cloud.env().items() if not name.startswith("TF_")}
        keys = dict.fromkeys(("payment_provider", "carrier"), _PASSWORDS[version])
        values = [f"-var-file={root.parent / 'offline.tfvars'}", "-var=account_id=000000000000"]
        env = {**own, "TF_VAR_partner_api_keys": json.dumps(keys), "TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": str(log)}
        if phase == "destroy":
            _fill_buckets(cloud)
        with console.step(phase):
            done = terraform.run(root, *arguments, *values, "-input=false", "-no-color", env=env)
        if done.returncode != 0:
            raise UserError(f"{phase}: {done.stderr[-3000:]}")
        for kind, rpc, call in _calls(log):
            of_type = found.setdefault(kind, {})
            of_type.setdefault("read" if rpc == "ReadResource" else phase, set()).add(call)
    return {kind: {phase: sorted(calls) for phase, calls in phases.items()} for kind, phases in found.items()}


def with_everything(main: str, version: str) -> str:
    """The environment's file, with all that the pipeline can make."""
    opened = f'  environment = "{ENVIRONMENT}"\n'
    return main.replace(opened, opened + EVERYTHING[version])


def _written(folder: Path, version: str) -> Path:
    """The environment in a scratch copy, with everything in it, as it is before or after the change."""
    zips = folder / f"{version}-zips"
    shutil.copytree(package.DIST, zips, dirs_exist_ok=True)
    copy = plans.scratch_copy(folder, dist=zips)
    root = copy / "environments" / ENVIRONMENT
    main = root / "main.tf"
    # The emulator has no schema registry.
    text = with_everything(main.read_text(), version).replace("  carrier ", "  schema_registry = false\n  carrier ")
    provider = 'provider "aws" {'
    main.write_text(
        text.replace(provider, f"{provider}\n  s3_use_path_style = true\n  skip_credentials_validation = true")
    )
    if version == "second":
        for file in [main, *(copy / "modules").rglob("*.tf"), *(copy / "pipeline").glob("*.tf")]:
            text = file.read_text()
            for old, new in _CHANGES:
                text = re.sub(old, new, text)
            file.write_text(text)
        with zipfile.ZipFile(zips / "finance.zip", "a") as archive:
            archive.writestr("changed.txt", "")
    return root


def _fill_buckets(cloud: LocalCloud) -> None:
    """Two versions of an object, and a deleted one, in every bucket: what a destroy has to empty."""
    s3 = cloud.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        for body in (b"first", b"second"):
            s3.put_object(Bucket=bucket["Name"], Key="object", Body=body)
        s3.delete_object(Bucket=bucket["Name"], Key="object")


def _calls(log: Path) -> Iterator[tuple[str, str, str]]:
    """(type of resource, RPC of Terraform, call) of each request that the provider sent for a resource."""
    fields = [re.compile(_FIELD.format(name)) for name in ("tf_resource_type", "tf_rpc", "rpc.service", "rpc.method")]
    # Whatever is said of a call, over several lines: a request with a whole zip in it is written without its fields.
    for entry in _ENTRY.split(log.read_text()):
        if all(values := [field.search(entry) for field in fields]):
            kind, rpc, service, method = (value[1].strip('"') for value in values if value)
            yield kind, rpc, f"{service}:{method}"


if __name__ == "__main__":
    sys.exit(main())
