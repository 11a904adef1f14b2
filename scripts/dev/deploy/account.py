"""An account on the local cloud with terraform/bootstrap applied, whose roles are assumed as in a workflow."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

from dev.deploy.demands import Role
from orderflow_cli import UserError
from orderflow_cli.build import package, plans
from orderflow_cli.environments import Cloud
from orderflow_cli.local_cloud.cloud import ACCOUNT_ID, LocalCloud
from orderflow_cli.toolchain import terraform

REFUSED = "refused.jsonl"
_REPOSITORY = "example@1/orderflow@2"
_PROVIDER = 'provider "aws" {\n  s3_use_path_style = true\n}\n'
_QUICK = ("-input=false", "-no-color", "-parallelism=40")


class Account:
    """`root` is the environment's root module, in a scratch copy; its state is in bootstrap's bucket."""

    def __init__(self, cloud: LocalCloud, folder: Path, environment: str) -> None:
        self.cloud, self.folder, self.environment = cloud, folder, environment
        self.zips = folder / "zips"
        package.build()
        shutil.copytree(package.DIST, self.zips)
        self.root = self.copied()
        self._subjects = {"apply": f"environment:{environment}", "plan": "pull_request"}
        self._administrator = {name: value for name, value in cloud.env().items() if not name.startswith("TF_")}
        self._given = self._bootstrapped()

    def copied(self) -> Path:
        """Return the environment's root module, adapted to this account."""
        copy = plans.scratch_copy(self.folder, dist=self.zips)
        root = copy / "environments" / self.environment
        (root / "scratch_override.tf").unlink()
        for each in (root, copy / "bootstrap"):
            (each / "provider_override.tf").write_text(_PROVIDER)
        return root

    def _bootstrapped(self) -> dict[str, Any]:
        root = self.folder / "terraform" / "bootstrap"
        own, operators = [self.environment], {self.environment: [f"arn:aws:iam::{ACCOUNT_ID}:root"]}
        values = {"repository": _REPOSITORY, "environments": own, "destroyable": own, "operators": operators}
        (root / "values.auto.tfvars.json").write_text(json.dumps(values))
        _run(root, "apply", "-auto-approve", *_QUICK, env=self._administrator)
        found = json.loads(_run(root, "output", "-json", env=self._administrator))
        return {name: output["value"] for name, output in found.items()}

    def fill_in(self, keys: dict[str, str]) -> None:
        """Set the values that a user must provide."""
        deployment = {
            "kms_key_arn": self._given["key_arns"][self.environment],
            "token_issuer": "https://identity.shop.test",
            "payment_provider": "https://payments.shop.test",
            "alarm_destinations": {"on_call": {"protocol": "email", "endpoint": "on-call@shop.test"}},
        }
        values = {"account_id": ACCOUNT_ID, "deployment": deployment, "partner_api_keys": keys}
        (self.root / "values.auto.tfvars.json").write_text(json.dumps(values))

    def terraform(self, role: Role, *arguments: str, **variables: str) -> str:
        """Run terraform as a workflow's job and return its output. Raises UserError on failure."""
        token = self.folder / "token"
        subject = f"repo:{_REPOSITORY}:{self._subjects[role]}"
        token.write_text(_unsigned({"aud": "sts.amazonaws.com", "sub": subject}))
        own = {name: value for name, value in self._administrator.items() if "ACCESS_KEY" not in name}
        bucket = self._given["state_bucket_name"]
        backend = {"bucket": bucket, "kms_key_id": self._given["state_key_arn"], "use_path_style": "true"}
        env = {
            **own,
            **variables,
            "AWS_ENDPOINT_URL_STS": self.cloud.endpoint,
            "AWS_ROLE_ARN": self._given[f"{role}_role_arns"][self.environment],
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "TF_CLI_ARGS_init": " ".join(f"-backend-config={name}={value}" for name, value in backend.items()),
        }
        return _run(self.root, *arguments, env=env)

    def apply(self, **variables: str) -> None:
        self.terraform("apply", "apply", "-auto-approve", *_QUICK, **variables)

    def destroy(self, **variables: str) -> None:
        self.terraform("apply", "destroy", "-auto-approve", *_QUICK, **variables)

    def plan(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        saved = str(self.folder / "saved.tfplan")
        self.terraform("plan", "plan", "-lock=false", f"-out={saved}", *_QUICK)
        return dict(json.loads(self.terraform("plan", "show", "-json", saved)))

    def denied_actions(self) -> set[tuple[str, str]]:
        """Return each action and resource that no policy of the calling role grants, as derived by the emulator."""
        lines = (self.cloud.emulator.folder / REFUSED).read_text().splitlines()
        return {(action, resource) for action, resource in map(json.loads, lines)}

    def as_operator(self) -> Cloud:
        """Return the environment with its operators' access."""
        role = self._given["operator_role_arns"][self.environment]
        found = self.cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="on-call")["Credentials"]
        keys = {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }
        return Cloud(self.environment, lambda service: self.cloud.client(service, **keys))


def _unsigned(claims: dict[str, str]) -> str:
    """Return a GitHub token; the local cloud reads its claims but requires no signature."""
    claims = {"iss": "https://token.actions.githubusercontent.com", **claims}
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
    return ".".join([*(part.decode().rstrip("=") for part in parts), ""])


def _run(root: Path, *arguments: str, env: dict[str, str]) -> str:
    done = terraform.run(root, *arguments, env=env)
    if done.returncode != 0:
        raise UserError(f"terraform {arguments[0]} of {root.name}: {done.stdout[-1000:]}{done.stderr[-3000:]}")
    return done.stdout
