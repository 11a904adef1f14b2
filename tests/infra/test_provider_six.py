"""Every resource, data source and argument in use, nested ones included, also exists in version 6 of the AWS provider.

Only 5.100.0 is applied (terraform/.terraform.lock.hcl). Provider 6's schema shows what exists, not what it does. To add
a new type to the schema: `PYTHONPATH=scripts .venv/bin/python -m dev.generate.provider_schema`."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import hcl2
import pytest

from dev.generate import provider_schema
from orderflow_cli import ROOT

SCHEMA = json.loads(provider_schema.SCHEMA_FILE.read_text())
META_ARGUMENTS = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"}
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade
DEPRECATED_ATTRIBUTE_PATTERN = re.compile(r"data\.aws_region\.\w+\.name\b")


def find_unsupported_addresses(text: str) -> list[str]:
    """Return the address of each type and argument in the text that version 6 of the AWS provider does not support."""
    if not provider_schema.USED_TYPE.search(text):
        return []
    document = hcl2.loads(text)
    return [
        address
        for kind in ("resource", "data")
        for block in document.get(kind, [])
        for type_name, bodies_by_name in block.items()
        for name, body in bodies_by_name.items()
        if (aws_type := type_name.strip('"')).startswith("aws_")
        for address in _unsupported_addresses(body, SCHEMA[kind].get(aws_type), f"{kind} {aws_type}.{name.strip('"')}")
    ]


def _unsupported_addresses(body: Mapping[str, Any], schema: Mapping[str, Any] | None, address: str) -> Iterator[str]:
    if schema is None:
        yield address
        return
    for name, value in _arguments(body):
        if name not in schema:
            yield f"{address}.{name}"
        elif schema[name] and isinstance(value, list):
            for block in value:
                if isinstance(block, dict):
                    yield from _unsupported_addresses(block, schema[name], f"{address}.{name}")


def _arguments(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the name and value of each argument and block; a dynamic block has the name of the blocks it generates."""
    for name, value in body.items():
        if name == "dynamic":
            for block in value:
                for block_name, content in block.items():
                    yield block_name.strip('"'), content["content"]
        elif name not in META_ARGUMENTS and not name.startswith("__"):
            yield name, value


def test_every_argument_in_use_exists_in_provider_6() -> None:
    texts = {file.relative_to(ROOT): file.read_text() for file in provider_schema.terraform_files()}

    assert {file: names for file, text in texts.items() if (names := find_unsupported_addresses(text))} == {}
    assert [file for file, text in texts.items() if DEPRECATED_ATTRIBUTE_PATTERN.search(text)] == []


FUNCTION_TEXT = 'resource "aws_lambda_function" "this" {\n  logging_config {\n    group = "a"\n  }\n}'
TABLE_TEXT = 'resource "aws_dynamodb_table" "this" {\n  dynamic "ttl" {\n    content {\n      name = "a"\n    }\n  }\n}'


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ('resource "aws_opsworks_stack" "this" {}', "resource aws_opsworks_stack.this"),
        ('data "aws_quicksight_theme" "this" {}', "data aws_quicksight_theme.this"),
        ('resource "aws_sqs_queue" "this" {\n  wait = 1\n}', "resource aws_sqs_queue.this.wait"),
        (FUNCTION_TEXT, "resource aws_lambda_function.this.logging_config.group"),
        (TABLE_TEXT, "resource aws_dynamodb_table.this.ttl.name"),
    ],
)
def test_type_or_argument_missing_from_provider_6_is_found(text: str, address: str) -> None:
    assert find_unsupported_addresses(text) == [address]
