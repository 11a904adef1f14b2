"""The emulator as a process: started on loopback, found by other commands, stopped with its workers."""

import io
import json
import os
import re
import shutil
import signal
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli import UserError
from orderflow_cli.demo.run import DemoRun
from orderflow_cli.demo.traffic import SCENARIOS
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.emulator import is_healthy
from orderflow_cli.toolchain import venvs
from orderflow_cli.toolchain.processes import group_members
from tests.support.ports import free_port

FUNCTION_CODE = """
import os, time
def handler(event, context):
    time.sleep(event.get('seconds', 0))
    for record in event.get('Records', []):
        print('received', record['dynamodb']['Keys']['id']['S'])
    return dict(os.environ)
"""
TRUST_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    """A local cloud for one test, on a free port."""
    venvs.ensure("ministack")
    monkeypatch.delenv("ORDERFLOW_PORT", raising=False)
    local_cloud = LocalCloud(tmp_path / "cloud", free_port())
    yield local_cloud
    local_cloud.stop()


def create_function(cloud: LocalCloud, name: str = "f", source: str = FUNCTION_CODE) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("f.py", source)
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST_POLICY))["Role"]
    options = {"FunctionName": name, "Runtime": "python3.13", "Role": role["Arn"], "Handler": "f.handler"}
    cloud.client("lambda").create_function(**options, Timeout=60, Code={"ZipFile": code.getvalue()})


def create_table(cloud: LocalCloud, name: str, **arguments: Any) -> str | None:
    """Create a table with the key `id`; return the ARN of its stream, if it has one."""
    table = cloud.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **arguments,
    )
    stream: str | None = table["TableDescription"].get("LatestStreamArn")
    return stream


def test_emulator_listens_on_loopback_only(cloud: LocalCloud) -> None:
    cloud.start()

    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = [row[1] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == cloud.port]

    assert [address.split(":")[0] for address in addresses] == ["0100007F"]


def test_error_names_the_port_of_a_running_cloud(cloud: LocalCloud) -> None:
    process = cloud.start()

    with pytest.raises(UserError, match=rf"already running on port {process.port}\. Stop it"):
        LocalCloud(cloud.folder, free_port()).start()


def kill_after_save(cloud: LocalCloud) -> None:
    """Kill the emulator after it has saved its state."""
    now = time.time()
    wait_for(lambda: (cloud.emulator.saved_at() or 0) > now)
    kill(cloud)


def kill(cloud: LocalCloud) -> None:
    process = cloud.process()
    os.kill(process.pid, signal.SIGKILL)
    os.waitpid(process.pid, 0)


StopCloud = Callable[[LocalCloud], object]
with_stop_and_kill = pytest.mark.parametrize("stop_cloud", [LocalCloud.stop, kill_after_save])


@with_stop_and_kill
def test_resources_survive_a_restart(cloud: LocalCloud, stop_cloud: StopCloud) -> None:
    cloud.start()
    sqs, s3 = cloud.client("sqs"), cloud.client("s3")
    sqs.create_queue(QueueName="intake")
    s3.create_bucket(Bucket="tills", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="tills", Key="a.csv", Body=b"one")
    token = cloud.emulator.configuration_token()
    stop_cloud(cloud)

    cloud.start()

    assert cloud.emulator.configuration_token() == token
    assert sqs.list_queues()["QueueUrls"][0].endswith("/intake")
    assert s3.get_object(Bucket="tills", Key="a.csv")["Body"].read() == b"one"


@with_stop_and_kill
def test_stream_keeps_records_and_positions_across_a_restart(cloud: LocalCloud, stop_cloud: StopCloud) -> None:
    """Of two records, one was read before the restart and one was not; each is delivered once."""
    cloud.start()
    create_function(cloud)
    dynamodb = cloud.client("dynamodb")
    stream_settings = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    stream = create_table(cloud, "orders", StreamSpecification=stream_settings)
    mapping = cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=stream, FunctionName="f", StartingPosition="TRIM_HORIZON", BatchSize=1
    )["UUID"]
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "read before"}})
    wait_for(lambda: delivered_keys(cloud) == ["read before"])
    cloud.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "not read"}})
    stop_cloud(cloud)

    cloud.start()
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "written after"}})
    cloud.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)

    wait_for(lambda: len(delivered_keys(cloud)) >= 3)
    assert delivered_keys(cloud) == ["read before", "not read", "written after"]


def delivered_keys(cloud: LocalCloud) -> list[str]:
    """Return the keys of the stream records that the function received, from its log."""
    logs = cloud.client("logs")
    try:
        lines = logs.filter_log_events(logGroupName="/aws/lambda/f")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [key for line in lines for key in re.findall(r"^received (.*)$", line["message"].strip())]


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"the condition must be met within {seconds} s"
        time.sleep(0.1)


def test_error_explains_a_state_created_on_another_port(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.start()
    cloud.stop()
    other_port = free_port()

    with pytest.raises(
        UserError, match=rf"was created on port {cloud.port}.*ORDERFLOW_PORT={cloud.port}.*on port {other_port}"
    ):
        LocalCloud(cloud.folder, other_port).start()
    assert LocalCloud(cloud.folder).port == cloud.port

    shutil.rmtree(cloud.emulator.folder)
    cloud_on_other_port = LocalCloud(cloud.folder, other_port)
    cloud_on_other_port.start()
    assert cloud_on_other_port.stop()


def test_function_does_not_inherit_shell_variables(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERS_TABLE", "hides a renamed variable")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    cloud.start()
    create_function(cloud)

    variables = json.loads(cloud.client("lambda").invoke(FunctionName="f", Payload=b"{}")["Payload"].read())

    assert "ORDERS_TABLE" not in variables
    assert "PYTHONPATH" not in variables
    assert variables["HOME"].startswith(str(cloud.folder))
    assert variables["TMPDIR"].startswith(str(cloud.folder))


def test_stop_leaves_no_process_of_a_running_function(cloud: LocalCloud) -> None:
    process = cloud.start()
    create_function(cloud)
    cloud.client("lambda").invoke(FunctionName="f", InvocationType="Event", Payload=b'{"seconds": 30}')
    wait_for(lambda: len(group_members(process.pid)) == 2)

    assert cloud.stop()

    assert group_members(process.pid) == []
    assert not is_healthy(cloud.port)
    assert cloud.emulator.log.stat().st_size > 0
    assert not (cloud.emulator.folder / "tmp").exists()


def test_lost_state_is_reported_after_a_kill(cloud: LocalCloud, capsys: pytest.CaptureFixture[str]) -> None:
    process = cloud.start()
    kill_after_save(cloud)

    assert cloud.start().pid != process.pid
    assert re.search(r"continues from the state saved at \d\d:\d\d:\d\d .* changes are lost", capsys.readouterr().out)


def test_configuration_token_changes_only_when_resources_change(cloud: LocalCloud) -> None:
    cloud.start()
    sqs, tokens = cloud.client("sqs"), [cloud.emulator.configuration_token()]

    url = sqs.create_queue(QueueName="intake")["QueueUrl"]
    tokens.append(cloud.emulator.configuration_token())
    sqs.send_message(QueueUrl=url, MessageBody="one")
    sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    tokens.append(cloud.emulator.configuration_token())
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    tokens.append(cloud.emulator.configuration_token())
    with urllib.request.urlopen(urllib.request.Request(f"{cloud.endpoint}/_ministack/reset", method="POST")):  # noqa: S310
        tokens.append(cloud.emulator.configuration_token())

    assert tokens[1] == tokens[2]
    assert len(set(tokens)) == 4


def test_temporary_subscription_causes_no_apply(cloud: LocalCloud) -> None:
    cloud.start()
    topic = cloud.client("sns").create_topic(Name="notices")["TopicArn"]
    apply_record = cloud.folder / "applied.json"
    outputs = {"notices_topic_arn": topic, "storefront_api_id": "none"}
    apply_record.write_text(json.dumps({"cloud": cloud.emulator.configuration_token(), "outputs": outputs}))

    with DemoRun(cloud, len(SCENARIOS), 1).subscribe_to_notices():
        pass

    assert json.loads(apply_record.read_text())["cloud"] == cloud.emulator.configuration_token()


def test_all_services_are_saved_at_the_same_moment(cloud: LocalCloud) -> None:
    """Each number is written to a table, then to a parameter, so a consistent snapshot has no larger parameter."""
    cloud.start()
    dynamodb, ssm = cloud.client("dynamodb"), cloud.client("ssm")
    create_table(cloud, "table")
    start_time = time.time()
    count = 0
    while (cloud.emulator.saved_at() or 0) < start_time + 3:
        count += 1
        dynamodb.put_item(TableName="table", Item={"id": {"S": "last"}, "n": {"N": str(count)}})
        ssm.put_parameter(Name="last", Value=str(count), Type="String", Overwrite=True)
    kill(cloud)

    cloud.start()

    saved_number = int(dynamodb.get_item(TableName="table", Key={"id": {"S": "last"}})["Item"]["n"]["N"])
    assert 0 <= saved_number - int(ssm.get_parameter(Name="last")["Parameter"]["Value"]) <= 1
    assert 0 < saved_number <= count
