"""What would be created: read from plans of prod and of the local cloud, not from the configuration."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli import ROOT
from tests.harness.places import RECEIVES
from tests.harness.system import STREAM
from tests.infra.support.planning import Environment, functions, identity_service, mocked_plan, resources

# Who publishes what on the bus, as the contracts say it: the plan must grant this and nothing else.
PUBLISHED: dict[str, set[str]] = {}
for _contract in map(json.loads, map(Path.read_text, ROOT.glob("lambdas/contracts/schemas/*.v1.json"))):
    if _contract.get("x-carrier") == "bus":
        for _producer in _contract["x-producers"]:
            PUBLISHED.setdefault(_producer, set()).add(_contract["title"])
Statement = dict[str, Any]
Plan = dict[str, Any]


@pytest.fixture(scope="module")
def mocked_local() -> Plan:
    return mocked_plan("local")


@pytest.fixture(scope="module")
def mocked_prod() -> Plan:
    return mocked_plan("prod")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with identity_service() as found:
        yield found


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory, endpoint: str) -> Environment:
    return Environment("prod", tmp_path_factory.mktemp("prod"), endpoint)


@pytest.fixture(scope="module")
def prod_plan(prod: Environment) -> Plan:
    return prod.plan()


def function_policies(plan: Plan) -> dict[str, dict[str, Statement]]:
    """Function -> Sid -> statement of the function's role."""
    found = {}
    for address, policy in resources(plan, "aws_iam_role_policy").items():
        if match := re.fullmatch(r"module\.pipeline\.module\.(\w+)\.aws_iam_role_policy\.this", address):
            found[match[1]] = by_sid(policy["policy"])
    return {function: found[function] for function in functions()}


def by_sid(policy: str) -> dict[str, Statement]:
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_each_function_may_publish_its_own_events_only_when_planned_for_prod(mocked_prod: Plan) -> None:
    grants = {
        function: statement
        for function, statements in function_policies(mocked_prod).items()
        for statement in statements.values()
        if "events:PutEvents" in statement["Action"]
    }

    assert set(grants) == set(PUBLISHED) & set(functions())  # other teams' producers have roles of their own
    for function, statement in grants.items():
        assert as_list(statement["Resource"]) == [
            "arn:aws:events:eu-west-1:111122223333:event-bus/orderflow-prod-orders"
        ]
        assert {key: set(values) for key, values in statement["Condition"]["StringEquals"].items()} == {
            "events:source": {f"orderflow.{function}"},
            "events:detail-type": PUBLISHED[function],
        }


def test_no_function_may_do_everything_or_reach_everything_when_planned_for_prod(mocked_prod: Plan) -> None:
    open_statements = {
        (function, sid)
        for function, statements in function_policies(mocked_prod).items()
        for sid, statement in statements.items()
        if "*" in as_list(statement["Resource"]) or any("*" in action for action in as_list(statement["Action"]))
    }

    # X-Ray has no resource that could be named.
    assert open_statements == {(function, "WriteTraces") for function in functions()}


def test_policies_of_the_local_cloud_are_those_of_prod(mocked_local: Plan, mocked_prod: Plan) -> None:
    expected = json.dumps(function_policies(mocked_prod)).replace("orderflow-prod", "orderflow-local")

    assert function_policies(mocked_local) == json.loads(expected)


@pytest.mark.parametrize("kind", ["aws_sqs_queue", "aws_s3_bucket_policy", "aws_sns_topic"])
def test_plain_http_is_denied_when_planned_for_prod(mocked_prod: Plan, kind: str) -> None:
    open_to_plain_http = [
        address
        for address, resource in resources(mocked_prod, kind).items()
        if not any(_denies_plain_http(statement) for statement in by_sid(resource["policy"]).values())
    ]

    assert resources(mocked_prod, kind)
    assert open_to_plain_http == []


def _denies_plain_http(statement: Statement) -> bool:
    return statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": ["false"]}}


def test_services_are_let_in_for_one_source_only_when_planned_for_prod(mocked_prod: Plan) -> None:
    conditions = {
        (address, sid): json.dumps(statement.get("Condition"))
        for kind in ("aws_sqs_queue", "aws_s3_bucket_policy", "aws_sns_topic")
        for address, resource in resources(mocked_prod, kind).items()
        for sid, statement in by_sid(resource["policy"]).items()
        if statement["Effect"] == "Allow" and "Service" in statement["Principal"]
    }

    assert len(conditions) > 10
    assert {key for key, condition in conditions.items() if "aws:SourceArn" not in condition} == set()


def test_data_is_kept_when_planned_for_prod(prod_plan: Plan) -> None:
    tables = resources(prod_plan, "aws_dynamodb_table")
    buckets = resources(prod_plan, "aws_s3_bucket")

    assert {table["name"] for table in tables.values()} == {
        f"orderflow-prod-{role}" for role in ("orders", "ledger", "stock", "cases")
    }
    assert all(table["deletion_protection_enabled"] for table in tables.values())
    assert all(table["point_in_time_recovery"][0]["enabled"] for table in tables.values())
    assert all(table["server_side_encryption"][0]["enabled"] for table in tables.values())
    assert len(buckets) == 2
    assert not any(bucket["force_destroy"] for bucket in buckets.values())


def test_every_function_has_its_share_when_planned_for_prod(prod_plan: Plan) -> None:
    found = resources(prod_plan, "aws_lambda_function").values()

    assert len(found) == len(functions())
    assert all(function["reserved_concurrent_executions"] > 0 for function in found)
    assert {tuple(function["architectures"]) for function in found} == {("arm64",)}
    assert {function["runtime"] for function in found} == {"python3.13"}


def test_tokens_are_asked_for_when_planned_for_prod(prod_plan: Plan) -> None:
    routes = resources(prod_plan, "aws_apigatewayv2_route")
    storefront = {address: route for address, route in routes.items() if "storefront_http" in address}

    assert len(storefront) == 3
    assert {route["authorization_type"] for route in storefront.values()} == {"JWT"}


def test_nothing_is_without_the_environments_tags_when_planned_for_prod(prod_plan: Plan) -> None:
    wanted = {"project": "orderflow", "environment": "prod"}
    untagged = [
        change["address"]
        for change in prod_plan["resource_changes"]
        if isinstance(after := change["change"]["after"], dict)
        and "tags_all" in after
        and not wanted.items() <= (after["tags_all"] or {}).items()
    ]

    assert not untagged


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_every_alarm_names_its_runbook_when_planned(environment: str, request: pytest.FixtureRequest) -> None:
    plan: Plan = request.getfixturevalue(f"mocked_{environment}")
    told = {
        alarm["alarm_name"]: re.findall(r"Runbook: (docs/runbooks/([a-z_]+)-([\w-]+)\.md)$", alarm["alarm_description"])
        for alarm in resources(plan, "aws_cloudwatch_metric_alarm").values()
    }

    assert len(told) > 50
    assert {name for name, found in told.items() if len(found) != 1 or not (ROOT / found[0][0]).is_file()} == set()
    # The page is that of the alarm: both end alike.
    endings = {"dead-letter": ("-not-empty", "-dead-letter"), "throttled": ("ThrottleEvents",)}
    for name, [(_, _, kind)] in told.items():
        assert name.endswith(endings.get(kind, (f"-{kind}",))), name


def test_fault_runs_retry_as_terraform_says_when_their_settings_are_compared(mocked_local: Plan) -> None:
    mappings = resources(mocked_local, "aws_lambda_event_source_mapping")
    (relay,) = (each for address, each in mappings.items() if ".module.relay." in address)
    queues = {queue["name"]: queue for queue in resources(mocked_local, "aws_sqs_queue").values()}
    names = {role: f"orderflow-local-{role.replace('_', '-')}" for role in RECEIVES}
    receives = {role: json.loads(queues[name]["redrive_policy"])["maxReceiveCount"] for role, name in names.items()}

    assert receives == RECEIVES
    assert (relay["batch_size"], relay["maximum_record_age_in_seconds"]) == (
        STREAM.batch_size,
        STREAM.maximum_record_age_seconds,
    )
    assert relay["bisect_batch_on_function_error"] is STREAM.bisect_on_error is True
    assert (relay["function_response_types"] == ["ReportBatchItemFailures"]) is STREAM.report_batch_item_failures
    assert (relay["parallelization_factor"] or 1) == STREAM.parallelization_factor
