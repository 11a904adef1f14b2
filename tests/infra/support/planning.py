"""Plans of an environment, read by tests: with a mocked provider, and with the real one in an empty account.

The mocked provider answers every ARN at once, so that whole policies can be read. The real one says what it would send
to AWS, with the tags that it adds; what is known after apply only is missing.
"""

import json
import shutil
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT
from orderflow_cli.toolchain import terraform

ACCOUNT_ID = "000000000000"  # the only one that environments/local may be applied to
VARIABLES = {"TF_VAR_payment_provider_api_key": "key"}
CARRIER = {"TF_VAR_carrier_api_key": "key"}
_LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'
_IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT_ID}:user/test</Arn><UserId>AIDATEST</UserId>
<Account>{ACCOUNT_ID}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>""".encode()


def mocked_plan(environment: str) -> dict[str, Any]:
    """The plan that `terraform test` makes of the environment, every ARN of which is known."""
    done = terraform.run(ROOT / "terraform" / "environments" / environment, "test", "-json", "-verbose")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    plans = (json.loads(line) for line in done.stdout.splitlines())
    return next(dict(message["test_plan"]) for message in plans if message["type"] == "test_plan")


class Environment:
    """A scratch copy of one environment's root, with packages of its own, and nobody but STS to talk to."""

    def __init__(self, name: str, folder: Path, endpoint: str) -> None:
        self.packages = folder / "dist"
        self._root = folder / "terraform" / "environments" / name
        self._variables = {
            **VARIABLES,
            **(CARRIER if name == "local" else {}),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }
        for part in ("modules", "pipeline", f"environments/{name}"):
            shutil.copytree(
                ROOT / "terraform" / part,
                folder / "terraform" / part,
                ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "tests", "examples"),
            )
        contracts = Path("lambdas", "contracts", "generated", "draft4")
        shutil.copytree(ROOT / contracts, folder / contracts)
        (self._root / "backend_override.tf").write_text(_LOCAL_BACKEND)
        self.packages.mkdir()
        for function in functions():
            self.write_package(function, "first")

    def write_package(self, function: str, content: str) -> None:
        """A zip that stands for the function's; other content is other code."""
        with zipfile.ZipFile(self.packages / f"{function}.zip", "w") as package:
            package.writestr(zipfile.ZipInfo(f"{function}/handler.py"), content)

    def plan(self) -> dict[str, Any]:
        """The plan as `terraform show -json` prints it."""
        self._run("plan", "-input=false", "-no-color", "-out=tfplan")
        return dict(json.loads(self._run("show", "-json", "tfplan")))

    def _run(self, *arguments: str) -> str:
        done = terraform.run(self._root, *arguments, env=self._variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def functions() -> list[str]:
    """Names of the functions, as their directories have them."""
    return sorted(handler.parent.name for handler in (ROOT / "lambdas").glob("*/handler.py"))


@contextmanager
def identity_service() -> Iterator[str]:
    """The address of an STS that knows one caller; a first plan asks AWS for nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            known = b"Action=GetCallerIdentity" in asked
            self.send_response(200 if known else 501)
            self.send_header("Content-Type", "text/xml")
            self.end_headers()
            self.wfile.write(_IDENTITY if known else b"")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def resources(plan: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """What the plan says each resource of a type will be, by address; what is known after apply only is missing."""
    return {
        change["address"]: change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == kind and change["change"]["after"] is not None
    }
