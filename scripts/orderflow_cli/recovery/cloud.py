"""The environment to recover: the local cloud, or one on AWS with the credentials of whoever runs the command."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.local_cloud.cloud import LocalCloud

PROJECT = "orderflow"
ENVIRONMENTS = ("local", "dev", "staging", "prod")


@dataclass(frozen=True)
class Cloud:
    """`client(service)` makes boto3 clients."""

    environment: str
    client: Callable[[str], Any]

    @property
    def is_local(self) -> bool:
        return self.environment == "local"

    def parameter(self, name: str) -> str:
        """A value that Terraform published. Raises UserError when it is not there."""
        full = f"/{PROJECT}/{self.environment}/{name}"
        client = self.client("ssm")
        try:
            return str(client.get_parameter(Name=full)["Parameter"]["Value"])
        except client.exceptions.ParameterNotFound:
            raise UserError(f"There is no parameter {full}: apply terraform/environments/{self.environment}.") from None

    def parameters(self, folder: str) -> dict[str, str]:
        """The values under a folder, by the last part of their names."""
        path = f"/{PROJECT}/{self.environment}/{folder}"
        pages = self.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
        return {one["Name"].rpartition("/")[2]: one["Value"] for page in pages for one in page["Parameters"]}


def connect(environment: str) -> Cloud:
    """Raises UserError when the local cloud does not run."""
    if environment == "local":
        local = LocalCloud()
        if not local.is_running():
            raise UserError("The local cloud does not run; `make up` starts it, --environment names another one.")
        return Cloud(environment, local.client)
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            import boto3
            from botocore.config import Config

            config = Config(connect_timeout=5, read_timeout=90, retries={"mode": "standard", "max_attempts": 4})
            make: Callable[..., Any] = boto3.client
            clients[service] = make(service, config=config)
        return clients[service]

    return Cloud(environment, client)


def add_environment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--environment",
        choices=ENVIRONMENTS,
        default="local",
        help="local (the default) or one on AWS, with your own credentials and region",
    )


@contextmanager
def as_user_errors() -> Iterator[None]:
    """What AWS refuses or does not answer becomes one sentence."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        raise UserError(
            f"AWS refused {error.operation_name}: {told.get('Message') or told.get('Code', 'no reason given')}"
        ) from error
    except BotoCoreError as error:
        raise UserError(f"AWS could not be asked ({error}); check credentials, region and network.") from error
