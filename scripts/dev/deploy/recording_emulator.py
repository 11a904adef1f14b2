"""Runs MiniStack so that calls without a grant are recorded but allowed, as it derives the resources of some calls
wrongly. What a policy denies stays denied."""

import json
import os
from pathlib import Path
from typing import Any

from ministack import app  # type: ignore[import-not-found]
from ministack.core import iam_actions  # type: ignore[import-not-found]
from ministack.services import apigateway  # type: ignore[import-not-found]

from orderflow_cli.local_cloud.ministack import alarms, permissions, services, state

REFUSED = Path("refused.jsonl")
KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_judge, _of_object, _create = permissions.judge, iam_actions._s3_object_context, apigateway._create_authorizer


def judge(*request: Any) -> Any:
    found = _judge(*request)
    if getattr(found, "decision", None) != "ImplicitDeny":
        return found
    with REFUSED.open("a") as file:
        file.write(json.dumps([request[1], request[4]]) + "\n")
    return None


def of_object(action: str, query: Any, path: str, headers: Any) -> dict[str, Any]:
    """Add the KMS key that the state bucket requires."""
    return {**_of_object(action, query, path, headers), **({f"s3:{KEY}": headers[KEY]} if KEY in headers else {})}


def create_authorizer(api: str, given: dict[str, Any]) -> Any:
    """Only a Lambda authorizer has a payload format.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html"""
    return _create(api, {"authorizerPayloadFormatVersion": None, **given})


if __name__ == "__main__":
    permissions.judge, iam_actions._s3_object_context = judge, of_object
    apigateway._create_authorizer = create_authorizer
    for correction in (permissions, services, alarms, state):
        correction.correct()
    os.environ.pop("PYTHONPATH", None)
    app.main()
