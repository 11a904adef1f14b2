"""The module delivery_stream, applied to moto's server: neither emulator supports dynamic partitioning."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.infra.support.folders import TERRAFORM
from tests.support.terraform_root import TerraformRoot

ROOT = """
provider "aws" {{
  region = "eu-west-1"
}}

module "key" {{
  source = "{modules}/environment_key"

  name = "shop-dev"
}}

module "stream" {{
  source = "{modules}/delivery_stream"

  name        = "shop-dev-events"
  bucket_arn  = "arn:aws:s3:::shop-dev-events"
  kms_key_arn = module.key.key_arn
  partitions  = [{{ name = "date", query = ".time[0:10]" }}, {{ name = "type", query = ".[\\"detail-type\\"]" }}]
}}
"""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_stream_matches_its_configuration_and_the_plan_is_empty(endpoint: str, tmp_path: Path) -> None:
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
    environment = {**os.environ, **credentials, "AWS_ENDPOINT_URL": endpoint, "NO_PROXY": "127.0.0.1"}
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text(ROOT.format(modules=os.path.relpath(TERRAFORM / "modules", root.resolve())))
    terraform_root = TerraformRoot(root, environment, tmp_path)

    terraform_root.apply()

    s3 = _describe_stream(endpoint)["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert s3["Prefix"] == "events/date=!{partitionKeyFromQuery:date}/type=!{partitionKeyFromQuery:type}/"
    assert s3["ErrorOutputPrefix"].startswith("errors/!{firehose:error-output-type}/")
    assert (s3["CompressionFormat"], s3["DynamicPartitioningConfiguration"]["Enabled"]) == ("GZIP", True)
    processors = s3["ProcessingConfiguration"]["Processors"]
    assert {processor["Type"] for processor in processors} == {"MetadataExtraction", "AppendDelimiterToRecord"}
    assert terraform_root.changes() == []


def _describe_stream(endpoint: str) -> dict[str, Any]:
    create_client: Any = boto3.client
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = create_client("firehose", endpoint_url=endpoint, region_name="eu-west-1", **keys)
    response = client.describe_delivery_stream(DeliveryStreamName="shop-dev-events")
    return dict(response["DeliveryStreamDescription"])
