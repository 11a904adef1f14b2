"""The plan of each environment as JSON, from an empty state, without AWS and without touching the clone's roots.

The environments keep their state in a bucket. So they are planned in a scratch copy of terraform/ in which an override
file puts the state on disk; every other line is what an apply would use.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from orderflow_cli import LOCAL, ROOT, UserError
from orderflow_cli.build import identity, package
from orderflow_cli.toolchain import running_provider, terraform

SOURCE = ROOT / "terraform"
SCRATCH = LOCAL / "plans"
_AT_ONCE = 2
_OVERRIDE = """terraform {
  backend "local" {}
}
"""
# The pipeline takes the carrier's key exactly where the carrier is called.
_CARRIER = re.compile(r'carrier_endpoint\s*=\s*"')
_ACCOUNT = re.compile(r'account_ids\s*=\s*\[\s*"(\d{12})"')


def environments(source: Path = SOURCE) -> list[str]:
    return sorted(folder.name for folder in (source / "environments").iterdir() if any(folder.glob("*.tf")))


def scratch_copy(source: Path = SOURCE, target: Path = SCRATCH / "terraform") -> Path:
    """Copy the configuration, put every environment's state on disk; what init made there earlier stays."""
    for file in _files(target):
        file.unlink()
    for file in _files(source):
        copied = target / file.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copied)
    for name in environments(target):
        (target / "environments" / name / "scan_override.tf").write_text(_OVERRIDE)
    return target


def _files(folder: Path) -> list[Path]:
    return [
        file
        for file in folder.rglob("*")
        if file.is_file()
        and not {".terraform", "tests", "policies"}.intersection(file.parts)
        and ".tfstate" not in file.name
        and file.suffix not in {".tfplan", ".log"}
        and file.name != ".terraform.lock.hcl"
    ]


def make(names: Iterable[str] = ()) -> dict[str, Path]:
    """Plan the environments `names` (default: all); returns the plan's JSON file of each. A plan is kept until the
    configuration, the contracts or a zip change.

    Raises UserError when a zip cannot be built or a plan cannot be made.
    """
    package.build()
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with (SCRATCH / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _make(list(names))


def _make(names: list[str]) -> dict[str, Path]:
    copy = scratch_copy()
    # terraform/ reads the contracts beside it.
    beside = copy.parent / "lambdas"
    if not beside.is_symlink():
        beside.symlink_to(package.LAMBDAS, target_is_directory=True)
    chosen = names or environments(copy)
    key = _key(copy)
    stale = [name for name in chosen if not _is_kept(name, key)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(lambda name: _plan(copy / "environments" / name, name), stale):
            pass
    for name in stale:
        (SCRATCH / f"{name}.key").write_text(key)
    return {name: SCRATCH / f"{name}.json" for name in chosen}


def _key(copy: Path) -> str:
    """A hash over all that a plan is made of."""
    digest = hashlib.sha256(terraform.init_key(copy / "environments" / environments(copy)[0]).encode())
    contracts = (package.LAMBDAS / "contracts").rglob("*.json")
    for file in sorted([*_files(copy), *contracts, *package.DIST.glob("*.zip")]):
        digest.update(f"{file}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _is_kept(name: str, key: str) -> bool:
    kept = SCRATCH / f"{name}.key"
    return kept.is_file() and kept.read_text() == key and (SCRATCH / f"{name}.json").is_file()


def _plan(root: Path, name: str) -> None:
    settings = "".join(file.read_text() for file in sorted(root.glob("*.tf")))
    account = _ACCOUNT.search(settings)
    with identity.served(account[1] if account else "111122223333") as endpoint:
        env = _offline(endpoint)
        env |= {"TF_VAR_carrier_api_key": "offline"} if _CARRIER.search(settings) else {}
        terraform.init(root, env=env)
        saved = SCRATCH / f"{name}.tfplan"
        arguments = ["plan", "-input=false", "-no-color", "-refresh=false", "-lock=false", f"-out={saved}"]
        # Terraform would start the provider, a program of 700 MB, four times for this.
        with running_provider.kept_running(SCRATCH / f"{name}.provider.log", env) as attached:
            planned = _run(root, {**env, **attached}, *arguments)
            if planned.returncode != 0:
                raise UserError(f"{name} cannot be planned: {planned.stderr.strip() or planned.stdout[-2000:]}")
            shown = _run(root, {**env, **attached}, "show", "-json", str(saved))
    document = SCRATCH / f"{name}.json"
    document.write_text(shown.stdout)
    if not load(document).get("planned_values"):
        raise UserError(f"The plan of {name} holds no resources: {shown.stderr.strip()}")


def load(document: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(document.read_text())
    return loaded


def _run(root: Path, env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        terraform.command(root, *arguments), check=False, capture_output=True, text=True, env=terraform.environment(env)
    )


def _offline(endpoint: str) -> dict[str, str]:
    """The caller's environment without any AWS account in it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR_"))}
    return {
        **own,
        "AWS_ACCESS_KEY_ID": "offline",
        "AWS_SECRET_ACCESS_KEY": "offline",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "TF_VAR_packages_dir": str(package.DIST),
        "TF_VAR_payment_provider_api_key": "offline",
    }
