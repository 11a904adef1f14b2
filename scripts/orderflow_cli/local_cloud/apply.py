"""Runs `terraform apply` on the local cloud and shows its progress."""

import hashlib
import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT, UserError, console
from orderflow_cli.build import zips as package_zip
from orderflow_cli.console import pluralize
from orderflow_cli.toolchain import terraform

PARALLELISM = 40
"""The AWS provider waits 25 s for each queue; high parallelism lets the waits overlap."""

_CONFIGURATION_SUFFIXES = frozenset({".tf", ".tfvars", ".tftpl", ".json", ".yaml", ".yml"})


@dataclass
class ApplyProgress:
    """The progress of an apply, read from Terraform's machine-readable output.
    https://developer.hashicorp.com/terraform/internals/machine-readable-ui"""

    planned_count: int = 0
    changes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def read(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        kind = message.get("type")
        if kind == "change_summary" and message["changes"]["operation"] == "plan":
            self.planned_count = sum(message["changes"][name] for name in ("add", "change", "remove"))
        elif kind == "apply_complete" and message["hook"]["action"] != "read":
            self.changes.append(f"{message['hook']['action']} {message['hook']['resource']['addr']}")
        elif kind == "outputs":
            self.outputs = {name: output.get("value") for name, output in message["outputs"].items()}
        elif kind == "diagnostic" and message["diagnostic"]["severity"] == "error":
            diagnostic = message["diagnostic"]
            parts = [diagnostic.get("address"), diagnostic["summary"], diagnostic.get("detail")]
            self.errors.append(": ".join(" ".join(part.split()) for part in parts if part))

    def __str__(self) -> str:
        if self.planned_count == 0:
            return pluralize(len(self.changes), "change") if self.changes else "reading the current state"
        return f"{len(self.changes)} of {pluralize(self.planned_count, 'change')}"


def fingerprint(root: Path, dist: Path) -> dict[str, str]:
    """Return hashes of an apply's inputs: one per zip, by function, and one under "" for the configuration."""
    files = [file for folder in (ROOT / "terraform", ROOT / "lambdas", root) for file in _configuration_files(folder)]
    digest = hashlib.sha256(str(root).encode())
    for file in sorted(set(files)):
        digest.update(f"{file}\0{package_zip.sha256(file)}\n".encode())
    return {"": digest.hexdigest(), **{file.stem: package_zip.sha256(file) for file in sorted(dist.glob("*.zip"))}}


def _configuration_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix in _CONFIGURATION_SUFFIXES and ".terraform" not in path.parts and path.is_file():
            yield path


def apply(
    root: Path, environment: Mapping[str, str], log: Path, *, refresh: bool = True, functions: Iterable[str] = ()
) -> ApplyProgress:
    """Apply the root module. Raises UserError with the first errors.

    Without `refresh` Terraform assumes that its resources are unchanged. With `functions` it plans only those,
    which takes half the time and suffices if only their code has changed, because other resources refer to aliases."""
    terraform.init(terraform.resolve(root), env=environment)
    arguments = ["apply", "-auto-approve", "-input=false", "-json", f"-parallelism={PARALLELISM}"]
    arguments += [] if refresh else ["-refresh=false"]
    arguments += [f"-target=module.pipeline.module.{name}" for name in functions]
    report = ApplyProgress()
    log.parent.mkdir(parents=True, exist_ok=True)
    # Without this, Terraform starts the provider several times, which takes a third of such a short apply.
    provider: AbstractContextManager[dict[str, str]] = nullcontext({})
    if functions:
        provider = terraform.run_provider(log.with_name("provider.log"), environment, root)
    with console.step("terraform apply") as progress, log.open("w") as log_file, provider as provider_variables:
        env = terraform.environment({**environment, **provider_variables})
        process = subprocess.Popen(
            terraform.command(root, *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
        )
        try:
            for line in process.stdout or ():
                log_file.write(line)
                report.read(line)
                progress.detail = str(report)
        finally:
            # Ctrl-C also reaches Terraform, which then finishes pending operations and writes its state.
            log_file.write(process.communicate()[0])
        progress.detail = pluralize(len(report.changes), "change")
        if process.returncode != 0:
            errors = f"{pluralize(len(report.errors), 'error')}: {'; '.join(report.errors[:3])}"
            raise UserError(f"terraform apply failed with {errors if report.errors else 'no error text'} (log: {log}).")
    return report
