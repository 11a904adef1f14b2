"""Runs MiniStack so that it records and allows calls that no policy allows, because MiniStack derives the wrong
resource for some calls. Calls that a policy denies explicitly are still denied."""

import json
from pathlib import Path
from typing import Any

from ministack.core import iam_actions  # type: ignore[import-not-found]
from ministack.services import apigateway  # type: ignore[import-not-found]

from orderflow_cli.local_cloud.ministack import permissions
from orderflow_cli.local_cloud.ministack.__main__ import main

DENIED_CALLS_FILE = Path("denied_calls.jsonl")
KMS_KEY_ID_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"
_original_enforce, _original_object_context = permissions.original_enforce, iam_actions._s3_object_context
_original_create_authorizer = apigateway._create_authorizer


def enforce(*request: Any) -> Any:
    decision = _original_enforce(*request)
    if getattr(decision, "decision", None) != "ImplicitDeny":
        return decision
    with DENIED_CALLS_FILE.open("a") as file:
        file.write(json.dumps([request[1], request[4]]) + "\n")
    return None


def object_context(action: str, query: Any, path: str, headers: Any) -> dict[str, Any]:
    """Return the condition keys of an S3 call, including the KMS key that the state bucket's policy requires."""
    key = {f"s3:{KMS_KEY_ID_HEADER}": headers[KMS_KEY_ID_HEADER]} if KMS_KEY_ID_HEADER in headers else {}
    return {**_original_object_context(action, query, path, headers), **key}


def create_authorizer(api: str, request: dict[str, Any]) -> Any:
    """Create an authorizer without a default payload format version, which a JWT authorizer does not have.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html"""
    return _original_create_authorizer(api, {"authorizerPayloadFormatVersion": None, **request})


if __name__ == "__main__":
    permissions.original_enforce, iam_actions._s3_object_context = enforce, object_context
    apigateway._create_authorizer = create_authorizer
    main()
