"""Plans each environment as JSON, from an empty state, without AWS and without touching the clone's root modules.

The environments on AWS keep their state in a bucket, so all are planned in a scratch copy of terraform/, in which an
override file puts the state on disk; the rest of the configuration is unchanged."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from orderflow_cli import LOCAL_FOLDER, ROOT, UserError
from orderflow_cli.build.package import DIST_FOLDER, LAMBDAS_FOLDER, build
from orderflow_cli.toolchain import terraform

TERRAFORM_FOLDER = ROOT / "terraform"
ENVIRONMENTS_FOLDER = TERRAFORM_FOLDER / "environments"
PLANS_FOLDER = LOCAL_FOLDER / "plans"
_CONCURRENCY = 2
_OVERRIDE = """terraform {
  backend "local" {}
}
"""
_ACCOUNT = re.compile(r'allowed_account_ids\s*=\s*\[\s*"(\d{12})"')


def environments(source: Path = TERRAFORM_FOLDER) -> list[str]:
    return sorted(folder.name for folder in (source / "environments").iterdir() if any(folder.glob("*.tf")))


def copy_configuration(folder: Path = PLANS_FOLDER, lambdas: Path = LAMBDAS_FOLDER, dist: Path = DIST_FOLDER) -> Path:
    """Copy terraform/ into the folder, with local state for every environment; files from earlier `init` runs stay.

    The functions and the zips, which the configuration reads, are linked beside the copy."""
    target = folder / "terraform"
    for file in _configuration_files(target):
        file.unlink()
    for file in _configuration_files(TERRAFORM_FOLDER):
        copy = target / file.relative_to(TERRAFORM_FOLDER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    for name in environments(target):
        (target / "environments" / name / "scratch_override.tf").write_text(_OVERRIDE)
    for name, source in {"lambdas": lambdas, "dist": dist}.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(source, target_is_directory=True)
    return target


def _configuration_files(folder: Path) -> list[Path]:
    return [
        file
        for file in folder.rglob("*")
        if file.is_file()
        and not {".terraform", "tests", "policies"}.intersection(file.parts)
        and ".tfstate" not in file.name
        and file.suffix not in {".tfplan", ".log"}
        and file.name != ".terraform.lock.hcl"
    ]


def create_plans(names: Iterable[str] = ()) -> dict[str, Path]:
    """Plan the environments `names` (default: all) and return the JSON file of each plan. A plan is reused until the
    configuration, the contracts or a zip changes.

    Raises UserError for an unknown environment, and if a zip cannot be built or an environment cannot be planned."""
    for name in set(names := list(names)).difference(known_names := environments()):
        raise UserError(f"{name} is neither a file nor an environment; choose from {', '.join(known_names)}.")
    build()
    PLANS_FOLDER.mkdir(parents=True, exist_ok=True)
    with (PLANS_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _update_stale_plans(names)


def _update_stale_plans(names: list[str]) -> dict[str, Path]:
    copy = copy_configuration()
    selected_names = names or environments(copy)
    keys = {name: _plan_key(copy, name) for name in selected_names}
    stale_names = []
    for name, key in keys.items():
        key_file, plan_file = PLANS_FOLDER / f"{name}.key", PLANS_FOLDER / f"{name}.json"
        if not (key_file.is_file() and key_file.read_text() == key and plan_file.is_file()):
            stale_names.append(name)
    # Most of the time is spent waiting for the provider to start.
    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        for _ in pool.map(lambda name: plan(copy / "environments" / name, PLANS_FOLDER / f"{name}.json"), stale_names):
            pass
    for name in stale_names:
        (PLANS_FOLDER / f"{name}.key").write_text(keys[name])
    return {name: PLANS_FOLDER / f"{name}.json" for name in selected_names}


def _plan_key(copy: Path, name: str) -> str:
    """Return a hash of every input of an environment's plan."""
    digest = hashlib.sha256(terraform.init_key(copy / "environments" / name).encode())
    other_folders = [copy / "environments" / one for one in environments(copy) if one != name]
    own_files = [file for file in _configuration_files(copy) if not any(map(file.is_relative_to, other_folders))]
    contracts = (
        file for part in ("schemas", "generated") for file in (LAMBDAS_FOLDER / "contracts" / part).rglob("*.json")
    )
    functions = LAMBDAS_FOLDER.glob("*/handler.py")
    for file in sorted([*own_files, *contracts, *functions, *DIST_FOLDER.glob("*.zip")]):
        digest.update(f"{file}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def plan(root: Path, document: Path) -> Path:
    """Plan the root module, write the output of `terraform show -json` to `document` and return that path."""
    account = _ACCOUNT.search((root / "main.tf").read_text())
    plan_file = document.with_suffix(".tfplan")
    arguments = ["plan", "-input=false", "-no-color", "-refresh=false", "-lock=false", f"-out={plan_file}"]
    arguments += [f"-var-file={root.parent / 'offline.tfvars'}"] if account is None else []
    log = document.with_suffix(".provider.log")
    with offline_environment(log, *(account.groups() if account else ())) as env:
        result = terraform.run(root, *arguments, env=env)
        if result.returncode != 0:
            raise UserError(f"{root.name} cannot be planned: {result.stderr.strip() or result.stdout[-2000:]}")
        show_result = terraform.run(root, "show", "-json", str(plan_file), env=env)
    if show_result.returncode != 0:
        raise UserError(f"The plan of {root.name} cannot be read: {show_result.stderr.strip()}")
    document.write_text(show_result.stdout)
    return document


@contextmanager
def offline_environment(log: Path, account: str = "111122223333") -> Iterator[dict[str, str]]:
    """Yield environment variables for planning against a fictitious AWS account. The provider, a 700 MB program,
    runs throughout the block; otherwise Terraform would start it four times per plan."""
    with fake_sts(account) as endpoint:
        env = offline_variables(endpoint)
        with terraform.run_provider(log, env) as provider_variables:
            yield {**env, **provider_variables}


def load(document: Path) -> dict[str, Any]:
    plan_document: dict[str, Any] = json.loads(document.read_text())
    return plan_document


def offline_variables(endpoint: str) -> dict[str, str]:
    """Return this process's environment variables, with fictitious AWS credentials and API keys of the partners."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR_"))}
    return {
        **variables,
        "AWS_ACCESS_KEY_ID": "offline",
        "AWS_SECRET_ACCESS_KEY": "offline",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-west-1",
        "NO_PROXY": "127.0.0.1",
        "TF_VAR_partner_api_keys": json.dumps({"payment_provider": "offline", "carrier": "offline"}),
    }


_IDENTITY_RESPONSE = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::{0}:user/offline</Arn><UserId>OFFLINE</UserId><Account>{0}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"""


@contextmanager
def fake_sts(account: str) -> Iterator[str]:
    """Serve a fake STS that returns `account` as the caller's account and rejects all other calls; yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            is_allowed = b"Action=GetCallerIdentity" in self.rfile.read(int(self.headers.get("Content-Length", "0")))
            body = (_IDENTITY_RESPONSE.format(account) if is_allowed else "offline plans must not call AWS").encode()
            self.send_response(200 if is_allowed else 403)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Do not log: a plan makes dozens of these calls."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
