"""The environment `dev`, in moto."""

from collections.abc import Callable
from typing import Any

import boto3

from orderflow_cli.environments import Cloud

ACCOUNT, REGION = "123456789012", "eu-west-1"


class Account:
    """An AWS account; commands receive `cloud`, and `functions` is the test double of the Lambda client."""

    def __init__(self, functions: Any) -> None:
        self._clients: dict[str, Any] = {"lambda": functions}
        self.cloud = Cloud("dev", self.client)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            create_client: Callable[..., Any] = boto3.client
            self._clients[service] = create_client(service, region_name=REGION)
        return self._clients[service]
