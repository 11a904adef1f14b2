"""What the plans of prod and of the local cloud would create, compared with contracts, code and documentation."""

import ast
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from common.batch.visibility import backoff_seconds
from explore.histories import HOPS
from explore.timeline import DAY, HOUR
from explore.world import MAX_RECEIVES, MAX_RECORD_AGE, MAX_RETRIES, MAX_RETRY_SECONDS_BY_TARGET, VISIBILITY_TIMEOUTS
from orderflow_cli import ROOT
from orderflow_cli.build import package
from recorder.transitions import TRANSITIONS, Rule
from tests.infra.support.planning import Plan, Planner, plans_by_run, resources

# Each producer's event types on the bus, from the contracts: the plan must grant these and nothing else.
PUBLISHED_TYPES: dict[str, set[str]] = {}
for _contract in map(json.loads, map(Path.read_text, ROOT.glob("lambdas/contracts/schemas/*.v1.json"))):
    if _contract.get("x-carrier") == "bus":
        for _producer in _contract["x-producers"]:
            PUBLISHED_TYPES.setdefault(_producer, set()).add(_contract["title"])
Statement = dict[str, Any]


@pytest.fixture(scope="module")
def prod_plan(planner: Planner) -> Plan:
    return planner.plan("prod")


def function_policies(plan: Plan) -> dict[str, dict[str, Statement]]:
    """Return the statements of each function's role, by function and Sid."""
    statements = {}
    for address, policy in resources(plan, "aws_iam_role_policy").items():
        if match := re.fullmatch(r"module\.pipeline\.module\.(\w+)\.aws_iam_role_policy\.this", address):
            statements[match[1]] = {one["Sid"]: one for one in json.loads(policy["policy"])["Statement"]}
    return {function: statements[function] for function in package.functions()}


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_each_function_may_publish_only_its_own_events_in_prod(mocked_prod_plan: Plan) -> None:
    grants = {
        function: statement
        for function, statements in function_policies(mocked_prod_plan).items()
        for statement in statements.values()
        if "events:PutEvents" in statement["Action"]
    }

    assert set(grants) == set(PUBLISHED_TYPES) & set(package.functions())  # other teams' producers have their own roles
    for function, statement in grants.items():
        bus = "arn:aws:events:eu-west-1:111122223333:event-bus/orderflow-prod-orders"
        assert as_list(statement["Resource"]) == [bus]
        assert {key: set(values) for key, values in statement["Condition"]["StringEquals"].items()} == {
            "events:source": {f"orderflow.{function}"},
            "events:detail-type": PUBLISHED_TYPES[function],
        }


def test_only_tracing_has_wildcard_permissions_in_prod(mocked_prod_plan: Plan) -> None:
    wildcard_statements = {
        (function, sid)
        for function, statements in function_policies(mocked_prod_plan).items()
        for sid, statement in statements.items()
        if "*" in as_list(statement["Resource"]) or any("*" in action for action in as_list(statement["Action"]))
    }

    # X-Ray's actions accept no resource.
    assert wildcard_statements == {(function, "WriteTraces") for function in package.functions()}


def test_no_role_may_delete_an_item_in_prod(mocked_prod_plan: Plan) -> None:
    kinds = ("aws_iam_role_policy", "aws_iam_policy")
    policies = [policy["policy"] for kind in kinds for policy in resources(mocked_prod_plan, kind).values()]
    granted_actions = {
        action
        for policy in policies
        for statement in json.loads(policy)["Statement"]
        for action in as_list(statement["Action"])
        if action.startswith("dynamodb:")
    }

    assert {"dynamodb:PutItem", "dynamodb:UpdateItem"} < granted_actions
    # Erasing a customer updates items; only expiry deletes them.
    assert [action for action in granted_actions if re.search("Delete|BatchWrite|PartiQL|[*]", action)] == []


def test_local_policies_equal_those_of_prod(mocked_local_plan: Plan, mocked_prod_plan: Plan) -> None:
    expected = json.dumps(function_policies(mocked_prod_plan)).replace("orderflow-prod", "orderflow-local")

    assert function_policies(mocked_local_plan) == json.loads(expected)


def test_data_is_protected_in_prod(prod_plan: Plan) -> None:
    tables = resources(prod_plan, "aws_dynamodb_table")
    buckets = resources(prod_plan, "aws_s3_bucket")

    assert {table["name"] for table in tables.values()} == {
        f"orderflow-prod-{role}" for role in ("orders", "claims", "ledger", "stock", "cases")
    }
    assert all(table["deletion_protection_enabled"] for table in tables.values())
    assert all(table["point_in_time_recovery"][0]["enabled"] for table in tables.values())
    assert all(table["server_side_encryption"][0]["enabled"] for table in tables.values())
    assert len(buckets) == 3
    assert not any(bucket["force_destroy"] for bucket in buckets.values())


def test_tokens_are_required_in_prod(prod_plan: Plan) -> None:
    routes = resources(prod_plan, "aws_apigatewayv2_route")
    storefront = {address: route for address, route in routes.items() if "storefront_http" in address}

    assert len(storefront) == 5
    assert {route["authorization_type"] for route in storefront.values()} == {"JWT"}


def test_every_resource_of_prod_has_the_environments_tags(prod_plan: Plan) -> None:
    expected = {"project": "orderflow", "environment": "prod"}
    untagged_addresses = [
        change["address"]
        for change in prod_plan["resource_changes"]
        if isinstance(after := change["change"]["after"], dict)
        and "tags_all" in after
        and not expected.items() <= (after["tags_all"] or {}).items()
    ]

    assert not untagged_addresses


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_every_alarm_has_a_runbook_for_its_kind(environment: str, request: pytest.FixtureRequest) -> None:
    plan: Plan = request.getfixturevalue(f"mocked_{environment}_plan")
    kinds = {
        alarm["alarm_name"]: alarm["alarm_description"].rpartition("Kind: ")[2].rstrip(".")
        for alarm in resources(plan, "aws_cloudwatch_metric_alarm").values()
    }

    assert len(kinds) > 50
    assert {name for name, kind in kinds.items() if not (ROOT / "docs" / "runbooks" / f"{kind}.md").is_file()} == set()


def test_outages_page_matches_plan_and_histories(mocked_local_plan: Plan, mocked_prod_plan: Plan) -> None:
    text = (ROOT / "docs" / "outages.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:5]] for line in text.splitlines() if line.startswith("| ")]
    receive_counts, retry_policies, visibility_timeouts = _retry_settings(mocked_prod_plan)
    assert receive_counts == dict.fromkeys(VISIBILITY_TIMEOUTS, MAX_RECEIVES)
    assert visibility_timeouts == VISIBILITY_TIMEOUTS
    for role in ("intake", "payment_request", "refund_request", "void_request"):
        max_age = MAX_RETRY_SECONDS_BY_TARGET.get(role, DAY)
        assert retry_policies[role] == {"maximum_retry_attempts": MAX_RETRIES, "maximum_event_age_in_seconds": max_age}
    hidden_seconds = sum(backoff_seconds(receive) for receive in range(1, receive_counts["intake"] + 1))
    intake_policy = retry_policies["intake"]
    attempts, age = intake_policy["maximum_retry_attempts"], intake_policy["maximum_event_age_in_seconds"]
    max_age_text = f"{retry_policies['refund_request']['maximum_event_age_in_seconds'] / HOUR:.0f} h"
    term = retry_policies["payment_request"]["maximum_event_age_in_seconds"]
    mappings = resources(mocked_prod_plan, "aws_lambda_event_source_mapping")
    (max_record_age,) = (one["maximum_record_age_in_seconds"] for at, one in mappings.items() if ".module.relay." in at)
    destinations = resources(mocked_prod_plan, "aws_cloudwatch_event_api_destination").items()
    (rate,) = (one["invocation_rate_limit_per_second"] for at, one in destinations if ".payment_request_rule." in at)
    # Each hop of the histories, with the time that it may be unavailable.
    longest_outages = (
        ("function storefront_api", "not at all"),
        ("webhooks", "as long as the partners repeat their calls"),
        ("target intake", f"{age // 3_600} h, {attempts} retries"),
        ("table orders", f"{hidden_seconds // HOUR:.0f} h"),
        ("function recorder", _format_hours(receive_counts["intake"] * visibility_timeouts["intake"])),
        ("function relay", f"{max_record_age / HOUR:.0f} h"),
        ("target finance", f"{MAX_RETRY_SECONDS_BY_TARGET['finance'] / DAY:.0f} days"),
        ("table ledger", f"{hidden_seconds // HOUR:.0f} h"),
        ("function finance", _format_hours(receive_counts["finance"] * visibility_timeouts["finance"])),
        ("target payment_request", "the payment term"),
        (
            "target payment_request",
            f"a backlog of `calls_per_second` times the payment term ({rate * term:,} orders in prod)",
        ),
        ("target void_request", "any length of time"),
        ("target refund_request", max_age_text),
        ("target shipment_notice", max_age_text),
        ("function payment_deadline", "any length of time"),
    )

    assert [row[1] for row in rows[1:]] == [length_text for _, length_text in longest_outages]
    hops = _confirmed_hops(mocked_prod_plan, mocked_local_plan)
    for (hop, _), (*_, during_text, after_text) in zip(longest_outages, rows[1:], strict=True):
        role = hop.rpartition(" ")[2]
        assert {"orders": "recorder", "ledger": "finance"}.get(role, role) in hops[during_text] & hops[after_text], hop
    assert {hop for hop, _ in longest_outages} <= set(HOPS)
    assert max_record_age == MAX_RECORD_AGE


def test_security_page_lists_the_retention_of_prod(mocked_prod_plan: Plan) -> None:
    section = (ROOT / "docs" / "security.md").read_text("utf-8").partition("## How long data is kept")[2]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| ")]
    documented_days = {row[0].partition(":")[0].partition(",")[0].partition(";")[0]: row[3] for row in rows[1:]}
    (archive,) = resources(mocked_prod_plan, "aws_cloudwatch_event_archive").values()
    (recorder,) = (
        function
        for function in resources(mocked_prod_plan, "aws_lambda_function").values()
        if function["function_name"] == "orderflow-prod-recorder"
    )
    logs = resources(mocked_prod_plan, "aws_cloudwatch_log_group").values()
    queues = resources(mocked_prod_plan, "aws_sqs_queue").values()
    expirations = {
        rule["id"]: rule["expiration"][0]["days"]
        for bucket in resources(mocked_prod_plan, "aws_s3_bucket_lifecycle_configuration").values()
        for rule in bucket["rule"]
        if rule["expiration"]
    }

    planned_days = {
        "events": {archive["retention_days"]},
        "orders": {int(recorder["environment"][0]["variables"]["ORDER_RETENTION_DAYS"])},
        "logs": {log["retention_in_days"] for log in logs if not log["name"].endswith("-tap-bus")},
        "messages in a queue": _retention_days(queues, is_dlq=False),
        "dead-letter messages": _retention_days(queues, is_dlq=True),
        "records that the relay could not publish": {expirations["failures"]},
        "till files and their reports": {expirations["till_files"]},
    }
    assert {name: {int(documented_days[name])} for name in planned_days} == planned_days


def _retention_days(queues: Iterable[dict[str, Any]], *, is_dlq: bool) -> set[int]:
    return {
        queue["message_retention_seconds"] // 86_400
        for queue in queues
        if not queue["name"].endswith("-unrouted") and queue["name"].endswith(("-dlq", "-dead-letter")) is is_dlq
    }


def _retry_settings(plan: Plan) -> tuple[dict[str, int], dict[str, Any], dict[str, int]]:
    """Return the receive count by queue, the retry policy by rule and the visibility timeout by queue."""
    prefix = "orderflow-prod-"
    queues_by_name = {queue["name"]: queue for queue in resources(plan, "aws_sqs_queue").values()}
    queues = {name.removeprefix(prefix).replace("-", "_"): queue for name, queue in queues_by_name.items()}
    targets = {one["rule"]: one["retry_policy"] for one in resources(plan, "aws_cloudwatch_event_target").values()}
    retries = {name.removeprefix(prefix).replace("-", "_"): retry[0] for name, retry in targets.items() if retry}
    return (
        {role: json.loads(queues[role]["redrive_policy"])["maxReceiveCount"] for role in VISIBILITY_TIMEOUTS},
        retries,
        {role: queues[role]["visibility_timeout_seconds"] for role in VISIBILITY_TIMEOUTS},
    )


def _confirmed_hops(plan: Plan, plan_with_carrier: Plan) -> dict[str, set[str]]:
    """Return, for each statement of the outages page, the hops for which the plans confirm it."""
    outputs = plan["output_changes"]["pipeline"]["after"]
    receive_counts, _, timeouts = _retry_settings(plan)
    targets = {
        target["rule"].split("-", 2)[2].replace("-", "_"): target
        for source_plan in (plan_with_carrier, plan)
        for target in resources(source_plan, "aws_cloudwatch_event_target").values()
    }
    subscriptions = resources(plan, "aws_sns_topic_subscription").items()
    subscribers = {re.findall(r'"(\w+)"', at)[-1]: one for at, one in subscriptions if one["protocol"] == "sqs"}
    mappings = resources(plan, "aws_lambda_event_source_mapping").items()
    (stream,) = (mapping for address, mapping in mappings if ".module.relay." in address)
    ((failures,),) = (destination["on_failure"] for destination in stream["destination_config"])
    (check,) = (one for at, one in resources(plan, "aws_scheduler_schedule").items() if ".deadline_check." in at)
    policy_texts = {function: json.dumps(policy) for function, policy in function_policies(plan).items()}
    backoff_functions = {name for name, text in policy_texts.items() if "sqs:ChangeMessageVisibility" in text}
    functions_without_dlq = {name for name, one in outputs["functions"].items() if one["dead_letter_queue"] is None}
    dlq_roles = {role for role, one in outputs["queues"].items() if one["dead_letter_queue"] == f"{one['name']}-dlq"}
    status_after_unknown_payment = TRANSITIONS["PaymentUnknown"]["placed"][-1].status
    cancelling_hops = {"payment_request"} if status_after_unknown_payment == "cancelled" else set()
    deadline_rules = TRANSITIONS["PaymentDeadlinePassed"]["placed"]
    backoff_description = f"hidden for {backoff_seconds(1)} s, doubling up to {backoff_seconds(99) // 60} minutes"
    return {
        "503: the client repeats the request with the same `Idempotency-Key`": functions_without_dlq,
        **dict.fromkeys(("503, or no response", "the client can retry later"), functions_without_dlq),
        "only the partners still have the failed calls, and must send them again": functions_without_dlq,
        "EventBridge retries": {
            role for role, one in targets.items() if one["retry_policy"][0]["maximum_retry_attempts"] == MAX_RETRIES
        },
        "the rule's dead-letter queue": {role for role, one in targets.items() if one["dead_letter_config"]},
        **dict.fromkeys((f"the message is {backoff_description}", "as for the recorder"), backoff_functions),
        f"{receive_counts['intake']} receives, {timeouts['intake']} s apart (the visibility timeout)": {"recorder"},
        f"{receive_counts['finance']} receives, {timeouts['finance']} s apart": {"finance"},
        "`intake-dlq`": {"recorder"} if "intake" in dlq_roles else set(),
        "the queue's dead-letter queue": dlq_roles,
        "records stay in the stream": {"relay"} if stream["bisect_batch_on_function_error"] else set(),
        "the failure bucket (complete records)": {"relay"} if ":s3:::" in failures["destination_arn"] else set(),
        "SNS retries": {role for role, one in subscribers.items() if one["delivery_policy"] is None},
        "the subscription's dead-letter queue": {role for role, one in subscribers.items() if one["redrive_policy"]},
        "the rule's dead-letter queue; the order is [cancelled](#what-an-outage-does-to-an-order)": cancelling_hops,
        "EventBridge sends the queued requests at the configured rate": {
            role for role, one in targets.items() if "api-destination" in one["arn"]
        },
        "the deadline check repeats the requests every five minutes": {"void_request"}
        if check["schedule_expression"] == "rate(5 minutes)"
        else set(),
        "orders stay `placed`": {"payment_deadline"} if deadline_rules == (Rule("obsolete"),) else set(),
        "": {"void_request", "payment_deadline"} if check["state"] == "ENABLED" else set(),
    }


def _format_hours(seconds: int) -> str:
    hours, half_hours = divmod(seconds // 1_800, 2)
    return f"{hours}{'½' * half_hours} h"


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_dead_letter_parameters_match_the_plan(environment: str, request: pytest.FixtureRequest) -> None:
    plan: Plan = request.getfixturevalue(f"mocked_{environment}_plan")
    sources = [
        json.loads(parameter["value"])
        for parameter in resources(plan, "aws_ssm_parameter").values()
        if "/dead-letters/" in parameter["name"]
    ]
    queues = {queue["name"] for queue in resources(plan, "aws_sqs_queue").values()}
    functions = {f"{function['function_name']}:live" for function in resources(plan, "aws_lambda_function").values()}
    buckets = {bucket["bucket"] for bucket in resources(plan, "aws_s3_bucket").values()}

    dead_letter_queue_names = {name for name in queues if name.endswith(("-dlq", "-dead-letter"))}
    redrive_source_queue_names = dead_letter_queue_names | {name for name in queues if name.endswith("-unrouted")}
    assert len(dead_letter_queue_names) > 20
    assert Counter(source["queue"] for source in sources if "queue" in source) == Counter(redrive_source_queue_names)
    assert {source["bucket"] for source in sources if "bucket" in source} <= buckets
    names = {source["to"] for source in sources if "to" in source and ":" not in source["to"]}
    assert names <= queues | functions | {f"orderflow-{environment}-orders"}


def test_outputs_name_the_planned_resources(mocked_prod_plan: Plan) -> None:
    outputs = mocked_prod_plan["output_changes"]["pipeline"]["after"]

    def planned_values(kind: str, attribute: str) -> set[str]:
        return {resource[attribute] for resource in resources(mocked_prod_plan, kind).values()}

    functions = outputs["functions"]
    assert {one["name"] for one in functions.values()} == planned_values("aws_lambda_function", "function_name")
    assert {one["role_name"] for one in functions.values()} <= planned_values("aws_iam_role", "name")
    assert {one["log_group"] for one in functions.values()} <= planned_values("aws_cloudwatch_log_group", "name")
    assert {rule["name"] for rule in outputs["rules"].values()} == {
        name for name in planned_values("aws_cloudwatch_event_rule", "name") if not name.endswith("-redrive")
    }
    assert set(outputs["tables"].values()) == planned_values("aws_dynamodb_table", "name")
    for kind in ("functions", "queues", "rules", "subscriptions"):
        queues = {one["dead_letter_queue"] for one in outputs[kind].values()} - {None}
        assert queues
        assert queues <= planned_values("aws_sqs_queue", "name")


# Documented metrics that are used here, by namespace, with the page that lists them.
DOCUMENTED_METRICS = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency"},
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    "AWS/Events": {"MatchedEvents", "FailedInvocations", "InvocationsFailedToBeSentToDlq"},
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "AWS/Lambda": {
        *("IteratorAge", "Errors", "Duration", "Throttles", "DestinationDeliveryFailures"),
        "AsyncEventsDropped",
    },
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    "AWS/DynamoDB": {"ReadThrottleEvents", "WriteThrottleEvents", "SystemErrors"},
    # https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
    "AWS/SNS": {
        *("NumberOfMessagesPublished", "NumberOfNotificationsFailed", "NumberOfNotificationsFailedToRedriveToDlq"),
        *("NumberOfNotificationsFilteredOut-InvalidAttributes", "NumberOfNotificationsFilteredOut-InvalidMessageBody"),
    },
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
    "AWS/Scheduler": {"InvocationsFailedToBeSentToDeadLetterCount"},
    # https://docs.aws.amazon.com/firehose/latest/dev/cloudwatch-metrics.html
    "AWS/Firehose": {"DeliveryToS3.DataFreshness", "PartitionCountExceeded"},
}


def test_alarms_and_widgets_use_documented_metrics(mocked_prod_plan: Plan) -> None:
    (dashboard,) = resources(mocked_prod_plan, "aws_cloudwatch_dashboard").values()
    widgets = json.loads(dashboard["dashboard_body"])["widgets"]
    widget_metrics = [metric for widget in widgets for metric in widget["properties"].get("metrics", ())]
    alarms = resources(mocked_prod_plan, "aws_cloudwatch_metric_alarm").values()
    alarm_metrics = [*alarms, *(one["metric"][0] for alarm in alarms for one in alarm["metric_query"] if one["metric"])]
    used_metrics = {(metric[0], metric[1]) for metric in widget_metrics}
    used_metrics |= {(one["namespace"], one["metric_name"]) for one in alarm_metrics if one["metric_name"]}

    assert used_metrics - {(namespace, name) for namespace, names in DOCUMENTED_METRICS.items() for name in names} == {
        # Logged by the recorder (tests/integration/recorder) and the deadline check (tests/unit/payment_deadline).
        *(("Orderflow", f"Orders{state}") for state in ("Placed", "Paid", "Shipped", "Delivered", "Cancelled")),
        *(("Orderflow", f"Orders{state}") for state in ("Refunding", "Refunded")),
        *(("Orderflow", f"OrdersFrom{channel}") for channel in ("Web", "Mobile", "Pos", "Partner")),
        *(("Orderflow", name) for name in ("MoneyTaken", "MoneyGivenBack", "EventAge", "Quarantined")),
        ("Orderflow", "PaymentsUnanswered"),
    }
    # Functions that process batches log both metrics (tests/unit/common); the till import quarantines whole files.
    handlers = {function: package.LAMBDAS_FOLDER / function / "handler.py" for function in package.functions()}
    batches = {function for function, file in handlers.items() if "common.batch" in file.read_text()}
    assert {metric[3] for metric in widget_metrics if metric[1] == "EventAge"} == batches
    assert {metric[3] for metric in widget_metrics if metric[1] == "Quarantined"} == {*batches, "pos_import"}


@pytest.mark.parametrize(
    ("run", "view_type", "enabled"),
    [
        ("only_producers_may_publish_and_optional_parts_are_off", "NEW_AND_OLD_IMAGES", True),
        ("the_relay_cannot_publish_changes_without_old_images", "NEW_IMAGE", False),
    ],
)
def test_recorder_and_relay_stop_when_a_change_cannot_be_published(
    run_tests: Callable[[Path], str], run: str, view_type: str, enabled: bool
) -> None:
    plan = plans_by_run(run_tests(ROOT / "terraform" / "pipeline"))[run]
    mappings, tables = (resources(plan, f"aws_{kind}") for kind in ("lambda_event_source_mapping", "dynamodb_table"))

    assert tables["module.orders.aws_dynamodb_table.this"]["stream_view_type"] == view_type
    assert mappings['module.recorder.aws_lambda_event_source_mapping.queue["intake"]']["enabled"] is enabled
    assert mappings['module.relay.aws_lambda_event_source_mapping.stream["orders"]']["enabled"] is enabled
    assert mappings['module.finance.aws_lambda_event_source_mapping.queue["orders"]']["enabled"] is True


# Read by the shared packages, by Powertools, or only by some kinds of functions.
COMMON_VARIABLES = {
    *("ENVIRONMENT", "LOG_LEVEL", "DEAD_LETTER_QUEUE_URL"),
    *("POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"),
}


@pytest.mark.parametrize("function", package.functions())
def test_function_gets_all_required_and_no_unknown_variables(mocked_local_plan: Plan, function: str) -> None:
    required_names, optional_names = _setting_names(function)
    functions = resources(mocked_local_plan, "aws_lambda_function")
    planned_function = functions[f"module.pipeline.module.{function}.aws_lambda_function.this"]
    defined_names = set(planned_function["environment"][0]["variables"])

    extra_names = defined_names - required_names - optional_names - COMMON_VARIABLES
    assert required_names - defined_names == set(), f"{function} reads variables that are not set"
    assert extra_names == set(), f"{function} gets variables that it does not read"


def _setting_names(function: str) -> tuple[set[str], set[str]]:
    tree = ast.parse((package.LAMBDAS_FOLDER / function / "settings.py").read_text())
    (settings,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings"]
    fields = [node for node in settings.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    names = {node.target.id.upper(): node.value is None for node in fields if isinstance(node.target, ast.Name)}
    return {name for name in names if names[name]}, {name for name in names if not names[name]}
