"""An account on the local cloud with terraform/bootstrap applied, whose roles are assumed as in a GitHub workflow."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

from dev.deploy.required_permissions import Role
from orderflow_cli import UserError
from orderflow_cli.build import package, plans
from orderflow_cli.environments import Cloud
from orderflow_cli.local_cloud.cloud import ACCOUNT_ID, LocalCloud
from orderflow_cli.toolchain import terraform

DENIED_CALLS_FILE = "denied_calls.jsonl"
_REPOSITORY = "example@1/orderflow@2"
_PROVIDER_OVERRIDE = 'provider "aws" {\n  s3_use_path_style = true\n}\n'
_TERRAFORM_OPTIONS = ("-input=false", "-no-color", "-parallelism=40")


class Account:
    """An account in which terraform/bootstrap is applied; `root` is a scratch copy of the environment's root module."""

    def __init__(self, cloud: LocalCloud, folder: Path, environment: str) -> None:
        self.cloud, self.folder, self.environment = cloud, folder, environment
        self.zips = folder / "zips"
        package.build()
        shutil.copytree(package.DIST_FOLDER, self.zips)
        self.root = self.copy_sources()
        self._subjects = {"apply": f"environment:{environment}", "plan": "pull_request"}
        self._administrator_env = {name: value for name, value in cloud.env().items() if not name.startswith("TF_")}
        self._bootstrap_outputs = self._apply_bootstrap()

    def copy_sources(self) -> Path:
        """Copy the sources over an earlier copy; return the environment's root module, adapted to this account."""
        copy = plans.copy_configuration(self.folder, dist=self.zips)
        root = copy / "environments" / self.environment
        (root / "scratch_override.tf").unlink()
        for module in (root, copy / "bootstrap"):
            (module / "provider_override.tf").write_text(_PROVIDER_OVERRIDE)
        return root

    def _apply_bootstrap(self) -> dict[str, Any]:
        root = self.folder / "terraform" / "bootstrap"
        names, operators = [self.environment], {self.environment: [f"arn:aws:iam::{ACCOUNT_ID}:root"]}
        values = {"repository": _REPOSITORY, "environments": names, "destroyable": names, "operators": operators}
        (root / "values.auto.tfvars.json").write_text(json.dumps(values))
        _run_terraform(root, "apply", "-auto-approve", *_TERRAFORM_OPTIONS, env=self._administrator_env)
        outputs = json.loads(_run_terraform(root, "output", "-json", env=self._administrator_env))
        return {name: output["value"] for name, output in outputs.items()}

    def write_variables(self, keys: dict[str, str]) -> None:
        """Write the values of the root module's variables; `keys` are the partners' API keys."""
        deployment = {
            "kms_key_arn": self._bootstrap_outputs["key_arns"][self.environment],
            "token_issuer": "https://identity.shop.test",
            "payment_provider": "https://payments.shop.test",
            "alarm_destinations": {"on_call": {"protocol": "email", "endpoint": "on-call@shop.test"}},
        }
        values = {"account_id": ACCOUNT_ID, "deployment": deployment, "partner_api_keys": keys}
        (self.root / "values.auto.tfvars.json").write_text(json.dumps(values))

    def run_terraform(self, role: Role, *arguments: str, **variables: str) -> str:
        """Run terraform as a workflow job would, and return the output. Raises UserError on failure."""
        token = self.folder / "token"
        subject = f"repo:{_REPOSITORY}:{self._subjects[role]}"
        token.write_text(_unsigned_token({"aud": "sts.amazonaws.com", "sub": subject}))
        inherited_env = {name: value for name, value in self._administrator_env.items() if "ACCESS_KEY" not in name}
        bucket = self._bootstrap_outputs["state_bucket_name"]
        backend = {"bucket": bucket, "kms_key_id": self._bootstrap_outputs["state_key_arn"], "use_path_style": "true"}
        env = {
            **inherited_env,
            **variables,
            "AWS_ENDPOINT_URL_STS": self.cloud.endpoint,
            "AWS_ROLE_ARN": self._bootstrap_outputs[f"{role}_role_arns"][self.environment],
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "TF_CLI_ARGS_init": " ".join(f"-backend-config={name}={value}" for name, value in backend.items()),
        }
        return _run_terraform(self.root, *arguments, env=env)

    def apply(self, **variables: str) -> None:
        self.run_terraform("apply", "apply", "-auto-approve", *_TERRAFORM_OPTIONS, **variables)

    def destroy(self, **variables: str) -> None:
        self.run_terraform("apply", "destroy", "-auto-approve", *_TERRAFORM_OPTIONS, **variables)

    def plan(self) -> dict[str, Any]:
        """Return the environment's plan, parsed from JSON."""
        plan_file = str(self.folder / "saved.tfplan")
        self.run_terraform("plan", "plan", "-lock=false", f"-out={plan_file}", *_TERRAFORM_OPTIONS)
        return dict(json.loads(self.run_terraform("plan", "show", "-json", plan_file)))

    def denied_actions(self) -> set[tuple[str, str]]:
        """Return the action and resource, as the emulator derives them, of each call that no policy allows."""
        lines = (self.cloud.emulator.folder / DENIED_CALLS_FILE).read_text().splitlines()
        return {(action, resource) for action, resource in map(json.loads, lines)}

    def operator_cloud(self) -> Cloud:
        """Return the environment's `Cloud`, with clients that use the operator role."""
        role = self._bootstrap_outputs["operator_role_arns"][self.environment]
        credentials = self.cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="on-call")["Credentials"]
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
        return Cloud(self.environment, lambda service: self.cloud.client(service, **keys))


def _unsigned_token(claims: dict[str, str]) -> str:
    """Return a GitHub OIDC token with these claims; the local cloud requires no signature."""
    claims = {"iss": "https://token.actions.githubusercontent.com", **claims}
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
    return ".".join([*(part.decode().rstrip("=") for part in parts), ""])


def _run_terraform(root: Path, *arguments: str, env: dict[str, str]) -> str:
    result = terraform.run(root, *arguments, env=env)
    if result.returncode != 0:
        output = f"{result.stdout[-1000:]}{result.stderr[-3000:]}"
        raise UserError(f"terraform {arguments[0]} failed in {root.name}: {output}")
    return result.stdout
