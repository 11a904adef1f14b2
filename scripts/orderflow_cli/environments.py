"""The environment that a command works on: the local cloud, or one on AWS with the user's credentials."""

import argparse
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.local_cloud.cloud import LocalCloud, make_client

LOCAL_ENVIRONMENT = "local"
DEFAULT_PROJECT = "orderflow"
ALIAS = "live"
"""The alias of every function (terraform/modules/function/release.tf)."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True)
class Cloud:
    """An environment. `client(service)` returns a boto3 client; `local` is the local cloud, or None on AWS."""

    environment: str
    client: Callable[[str], Any]
    project: str = DEFAULT_PROJECT
    local: LocalCloud | None = None

    @property
    def is_local(self) -> bool:
        return self.environment == LOCAL_ENVIRONMENT

    @property
    def prefix(self) -> str:
        """The prefix of the environment's resource names."""
        return f"{self.project}-{self.environment}"

    def parameter(self, name: str) -> str:
        """Return the value of a parameter that Terraform published. Raises UserError if it does not exist."""
        full_name = f"/{self.project}/{self.environment}/{name}"
        client = self.client("ssm")
        try:
            return str(client.get_parameter(Name=full_name)["Parameter"]["Value"])
        except client.exceptions.ParameterNotFound:
            raise UserError(self.explain_missing_parameter(full_name)) from None

    def parameters(self, folder: str) -> dict[str, str]:
        """Return the parameters below a path, by name. Raises UserError if there are none."""
        path = f"/{self.project}/{self.environment}/{folder}"
        pages = self.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
        items = [item for page in pages for item in page["Parameters"]]
        if not items:
            raise UserError(self.explain_missing_parameter(path))
        return {item["Name"].removeprefix(f"{path}/"): item["Value"] for item in items}

    def explain_missing_parameter(self, parameter: str) -> str:
        if self.is_local:
            return f"Parameter {parameter} not found on the local cloud; `make up` creates it."
        return (
            f"Parameter {parameter} not found in this account and Region: check --environment and --project, "
            f"AWS_PROFILE and AWS_REGION, or apply terraform/environments/{self.environment}."
        )


def resource_name(arn: str) -> str:
    """Return the name in an ARN, such as `orderflow-dev-relay`; a function's ARN or name may have a qualifier."""
    parts = arn.split(":")
    if parts[0] != "arn":
        return parts[0]
    return parts[6] if len(parts) > 6 and parts[2] == "lambda" else parts[-1]


def connect(environment: str, project: str = DEFAULT_PROJECT) -> Cloud:
    """Return the environment with this name. Raises UserError if it is local and the local cloud is not running."""
    if environment == LOCAL_ENVIRONMENT:
        local = running_local_cloud(", or choose another environment with --environment")
        return Cloud(environment, local.client, project, local)
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = make_client(service, read_timeout=90, attempts=4)
        return clients[service]

    return Cloud(environment, client, project)


def running_local_cloud(hint: str = "") -> LocalCloud:
    """Return the running local cloud. Raises UserError if it is not running."""
    local = LocalCloud()
    if not local.is_running():
        raise UserError(f"The local cloud is not running; start it with `make up`{hint}.")
    return local


def from_local_cloud(local: LocalCloud) -> Cloud:
    return Cloud(LOCAL_ENVIRONMENT, local.client, local=local)


def add_environment_options(parser: argparse.ArgumentParser, *, writes: bool = False, json: bool = True) -> None:
    """Add the options that commands on an environment share, --json if `json` is set and --write if `writes` is set."""
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON only")
    if writes:
        parser.add_argument("--write", action="store_true", help="allow changes to an environment on AWS")
    help_text = "local (the default) or one on AWS such as dev, with your own credentials and Region"
    parser.add_argument("--environment", type=_parse_name, default=LOCAL_ENVIRONMENT, metavar="NAME", help=help_text)
    default = os.environ.get("ORDERFLOW_PROJECT") or DEFAULT_PROJECT
    help_text = f"prefix of the resource names (default: ORDERFLOW_PROJECT if set, else {DEFAULT_PROJECT})"
    parser.add_argument("--project", type=_parse_name, default=default, metavar="NAME", help=help_text)


def _parse_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        rule = "must have 1 to 31 characters from a-z, 0-9 and -, and begin with a letter"
        raise argparse.ArgumentTypeError(f"{rule}; got {text!r}")
    return text


def require_write(args: argparse.Namespace) -> None:
    """Raise UserError if the command would change an environment on AWS and --write is missing."""
    if args.environment != LOCAL_ENVIRONMENT and not args.write:
        raise UserError(f"This would change {args.environment}; allow it with --write. Nothing was changed.")


_CREDENTIAL_ERRORS = {
    *("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"),
    *("InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"),
}
_ACCESS_ERRORS = {
    *("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"),
    *("UnauthorizedOperation", "NotAuthorized", "KMSAccessDeniedException", "403"),
}
_DENIAL = re.compile(r"User: (\S+) is not authorized to perform: (\S+)(?: on resource: (\S+))?")


def _explain_error(operation: str, code: str, message: str) -> str:
    """Explain an error that AWS returned: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    if code in _CREDENTIAL_ERRORS:
        return f"The AWS credentials are invalid or have expired ({code}); sign in again or set AWS_PROFILE."
    if code not in _ACCESS_ERRORS:
        return f"AWS returned an error for {operation}: {message.rstrip('.') or code}."
    principal, action, resource = denial.groups() if (denial := _DENIAL.search(message)) else (None, None, None)
    resource_text = f" on {resource.strip('.,')}" if resource else ""
    principal_text = f" for {principal}" if principal else ""
    return (
        f"The permission {action or operation} is missing{resource_text}{principal_text}; assume a role "
        "that has it: <project>-<environment>-reader to read, -operators to redrive, replay, pause and roll back."
    )


@contextmanager
def convert_aws_errors() -> Iterator[None]:
    """Turn AWS and connection errors into a UserError that says what to do."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        code, message = (str(details.get(name, "")) for name in ("Code", "Message"))
        raise UserError(_explain_error(error.operation_name, code, message)) from error
    except NoCredentialsError as error:
        raise UserError("No AWS credentials found; set AWS_PROFILE, or sign in with `aws sso login`.") from error
    except NoRegionError as error:
        raise UserError("No AWS Region is configured; set AWS_REGION.") from error
    except BotoCoreError as error:
        raise UserError(f"The call to AWS failed ({error}); check credentials, Region and network.") from error
