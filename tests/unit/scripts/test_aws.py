"""`orderflow aws` adapts an AWS CLI command from a runbook to the chosen environment, and runs it."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.commands import aws


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("/aws/lambda/orderflow-prod-relay", "/aws/lambda/shop-qa-relay"),
        ("/orderflow/prod/topic_arn", "/shop/qa/topic_arn"),
        ("s3://orderflow-prod-analytics-1/events/", "s3://shop-qa-analytics-1/events/"),
        ("orderflow-production", "orderflow-production"),
        ("list-queues", "list-queues"),
    ],
)
def test_names_in_runbooks_become_those_of_the_environment(argument: str, expected: str) -> None:
    assert aws.translate_names([argument], "shop", "qa") == [expected]


def test_command_line_is_passed_to_the_aws_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "aws"
    program.write_text(f'#!/bin/sh\necho "$AWS_REGION $*" > {tmp_path}/seen\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    local_cloud = SimpleNamespace(endpoint="http://here", env=lambda: {**os.environ, "AWS_REGION": "there"})
    monkeypatch.setattr(aws, "connect", lambda environment: SimpleNamespace(local=local_cloud))

    assert ORDERFLOW.main(["aws", "--", "logs", "tail", "/aws/lambda/orderflow-prod-relay"]) == 3

    assert (tmp_path / "seen").read_text() == (
        "there logs tail /aws/lambda/orderflow-local-relay --endpoint-url http://here\n"
    )


def test_missing_aws_cli_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(aws.shutil, "which", lambda _: None)

    assert ORDERFLOW.main(["aws", "--", "sqs", "list-queues"]) == 1
    assert "The AWS CLI is not on PATH; install it" in capsys.readouterr().err
