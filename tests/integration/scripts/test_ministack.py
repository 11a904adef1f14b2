"""The corrections to MiniStack in local_cloud/ministack/, tested on a running emulator."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from orderflow_cli import times
from orderflow_cli.environments import from_local_cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe import metrics
from orderflow_cli.toolchain import venvs
from tests.integration.scripts.test_local_cloud_process import create_function, wait_for
from tests.support.ports import free_port

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    venvs.ensure("ministack")
    local_cloud = LocalCloud(tmp_path_factory.mktemp("emulator"), free_port())
    local_cloud.start()
    yield local_cloud
    local_cloud.stop()


@pytest.fixture
def caller(cloud: LocalCloud, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """A function that returns the client of a user with only the permissions in the given statements."""

    def client(service: str, *statements: dict[str, Any]) -> Any:
        iam, name = cloud.client("iam"), request.node.name[:64]
        iam.create_user(UserName=name)
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=cloud.endpoint,
            region_name=REGION,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )

    return client


def test_headers_and_body_arrive_together(cloud: LocalCloud) -> None:
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", cloud.port)) as connection:
            connection.sendall(b"GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            headers, body = connection.recv(65_536).split(b"\r\n\r\n")
        assert headers.startswith(b"HTTP/1.1 200")
        assert json.loads(body)["services"]


def test_publish_batch_requires_the_publish_permission(cloud: LocalCloud, caller: Callable[..., Any]) -> None:
    topic = cloud.client("sns").create_topic(Name="batch")["TopicArn"]
    sns = caller("sns", {"Action": "sns:PublishBatch", "Resource": topic})

    with pytest.raises(ClientError, match=r"AuthorizationError.*sns:Publish "):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "one"}])


def entry(source: str, detail_type: str, bus: str = "orders") -> dict[str, str]:
    return {"Source": source, "DetailType": detail_type, "Detail": "{}", "EventBusName": bus}


@pytest.fixture
def producer(cloud: LocalCloud, caller: Callable[..., Any]) -> Any:
    """A client that can put OrderPlaced and OrderEdited from shop.web on the bus `orders`, and any event on `other`."""
    events, buses = cloud.client("events"), {}
    for name in ("orders", "other"):
        with suppress(events.exceptions.ResourceAlreadyExistsException):
            events.create_event_bus(Name=name)
        buses[name] = events.describe_event_bus(Name=name)["Arn"]
    condition = {"StringEquals": {"events:source": "shop.web", "events:detail-type": ["OrderPlaced", "OrderEdited"]}}
    return caller(
        "events",
        {"Action": "events:PutEvents", "Resource": buses["orders"], "Condition": condition},
        {"Action": "events:PutEvents", "Resource": buses["other"]},
    )


@pytest.mark.parametrize(
    "denied_entry", [entry("shop.pos", "OrderPlaced"), entry("shop.web", "OrderGone")], ids=["source", "detail_type"]
)
@pytest.mark.parametrize(
    "first", [entry("shop.web", "OrderPlaced"), entry("any", "Thing", "other")], ids=["own", "other"]
)
def test_denied_entry_fails_put_events(producer: Any, first: dict[str, str], denied_entry: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        producer.put_events(Entries=[first, denied_entry])


def test_s3_event_contains_the_version_id(cloud: LocalCloud) -> None:
    s3, sqs, events = (cloud.client(name) for name in ("s3", "sqs", "events"))
    queue = sqs.create_queue(QueueName="versions")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="files", EventPattern='{"source": ["aws.s3"]}')
    events.put_targets(Rule="files", Targets=[{"Id": "queue", "Arn": arn}])
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket="kept", NotificationConfiguration={"EventBridgeConfiguration": {}})

    versions = [s3.put_object(Bucket="kept", Key="a.csv", Body=body)["VersionId"] for body in (b"one", b"two")]

    version_ids: list[str] = []

    def all_received() -> bool:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            version_ids.append(json.loads(message["Body"])["detail"]["object"]["version-id"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(version_ids) == len(versions)

    wait_for(all_received)
    assert sorted(version_ids) == sorted(versions)


def test_function_has_at_most_one_mapping_per_source(cloud: LocalCloud) -> None:
    create_function(cloud)
    sqs, functions = cloud.client("sqs"), cloud.client("lambda")
    arns = []
    for name in ("first", "second"):
        url = sqs.create_queue(QueueName=f"{name}-source")["QueueUrl"]
        arns.append(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
    mappings = [functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="f")["UUID"] for arn in arns]

    with pytest.raises(ClientError, match=f"ResourceConflictException.*{mappings[0]}"):
        functions.create_event_source_mapping(EventSourceArn=arns[0], FunctionName="f")

    functions.delete_event_source_mapping(UUID=mappings[0])
    functions.create_event_source_mapping(EventSourceArn=arns[0], FunctionName="f")


def test_invocations_by_mapping_and_by_caller_are_counted(cloud: LocalCloud) -> None:
    create_function(cloud, "counted")
    sqs, functions, start = cloud.client("sqs"), cloud.client("lambda"), times.now()
    url = sqs.create_queue(QueueName="counted")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="counted")

    def invocation_count() -> float:
        metric = metrics.build_metric("AWS/Lambda", "Invocations", FunctionName="counted")
        return sum(one[1] for one in metrics.read_points(from_local_cloud(cloud), metric, "Sum", start, times.now()))

    sqs.send_message(QueueUrl=url, MessageBody="{}")
    wait_for(lambda: invocation_count() == 1)
    functions.invoke(FunctionName="counted")
    assert invocation_count() == 2


@pytest.fixture
def alias(cloud: LocalCloud, request: pytest.FixtureRequest) -> str:
    """The ARN of an alias of a failing function, whose failed events go to a queue with the function's name."""
    name = request.node.name[-60:]
    functions = cloud.client("lambda")
    create_function(cloud, name, "def handler(event, context):\n    raise ValueError(event)\n")
    version = functions.publish_version(FunctionName=name)["Version"]
    arn = str(functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)["AliasArn"])
    cloud.client("sqs").create_queue(QueueName=name)
    functions.put_function_event_invoke_config(
        FunctionName=name,
        Qualifier="live",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:{REGION}:000000000000:{name}"}},
    )
    return arn


@pytest.mark.parametrize("invoker", ["caller", "rule"])
def test_failed_event_of_an_alias_goes_to_its_destination(cloud: LocalCloud, alias: str, invoker: str) -> None:
    if invoker == "caller":
        cloud.client("lambda").invoke(FunctionName=alias, InvocationType="Event", Payload=b'{"source": "shop.alias"}')
    else:
        events = cloud.client("events")
        events.put_rule(Name="alias", EventPattern='{"source": ["shop.alias"]}')
        events.put_targets(Rule="alias", Targets=[{"Id": "a", "Arn": alias}])
        events.put_events(Entries=[entry("shop.alias", "OrderPlaced", "default")])
    sqs = cloud.client("sqs")
    queue = sqs.get_queue_url(QueueName=alias.split(":")[6])["QueueUrl"]

    messages: list[dict[str, Any]] = []
    wait_for(lambda: bool(messages.extend(sqs.receive_message(QueueUrl=queue).get("Messages", [])) or messages))

    assert [json.loads(one["Body"])["requestPayload"]["source"] for one in messages] == ["shop.alias"]


def test_reserved_concurrency_of_a_function_applies_to_its_alias(cloud: LocalCloud, alias: str) -> None:
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName=alias.split(":")[6], ReservedConcurrentExecutions=0)

    with pytest.raises(ClientError, match="TooManyRequestsException"):
        functions.invoke(FunctionName=alias, Payload=b"{}")
