"""What is right, however it is written, raises nothing: each variation of a plan without mistakes has no finding."""

import json
import shutil
from pathlib import Path

import pytest

from orderflow_cli.routes import Routes, matrix
from orderflow_cli.routes.plan import Plan
from orderflow_cli.routes.settings import Settings
from tests.support.shop_plan import (
    TRUST,
    Change,
    Document,
    Unknown,
    add,
    arn,
    change_of,
    checked,
    forget,
    mapping,
    pattern,
    policy,
    remove,
    role_policy,
    rule,
    rule_arn,
    shop,
    subscription,
    target,
    told,
    values,
    write_contracts,
)
from tests.unit.scripts.routes.test_mistakes import (
    FILTER,
    RULE,
    TARGET,
    attributes,
    body,
    detail,
    records,
    set_,
    transformed,
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.load(write_contracts(tmp_path_factory.mktemp("shop")))


def both(*changes: Change) -> Change:
    return lambda plan: [change(plan) for change in changes]


def two_rules_for_other_types(plan: Document) -> None:
    pattern(plan, "intake", {"source": ["shop.shop", "shop.till"], "detail-type": ["OrderPlaced"]})
    add(plan, f"{RULE}.shipped", **rule("shipped", {"source": ["shop.warehouse"]}))
    add(plan, f"{TARGET}.shipped", **target("shipped", arn("sqs", "intake")))
    senders = [rule_arn(name) for name in ("intake", "payment", "shipped")]
    for queue in ("intake", "dead"):
        values(plan, f"aws_sqs_queue.{queue}")["policy"] = policy("sqs:SendMessage", *senders)


def policy_beside_the_queue(plan: Document) -> None:
    own = values(plan, "aws_sqs_queue.intake").pop("policy")
    change_of(plan, "aws_sqs_queue.intake")["change"]["after_unknown"]["policy"] = True
    for node in plan["configuration"]["root_module"]["resources"]:
        node["expressions"].pop("policy", None) if node["address"] == "aws_sqs_queue.intake" else None
    add(plan, "aws_sqs_queue_policy.intake", policy=own, queue_url=Unknown("aws_sqs_queue.intake.url"))


def policy_from_a_document(plan: Document) -> None:
    statement = {
        "effect": "Allow",
        "actions": ["sqs:SendMessage"],
        "principals": [{"type": "Service", "identifiers": ["events.amazonaws.com"]}],
        "condition": [{"test": "ArnEquals", "variable": "aws:SourceArn"}],
    }
    policy_beside_the_queue(plan)
    forget(plan, "aws_sqs_queue_policy.intake", "policy", "data.aws_iam_policy_document.intake.json")
    add(plan, "data.aws_iam_policy_document.intake", statement=[statement])
    missing = {"resources": True, "condition": [{"values": True}]}
    change_of(plan, "data.aws_iam_policy_document.intake")["change"]["after_unknown"] = {"statement": [missing]}
    node = plan["configuration"]["root_module"]["resources"][-1]
    given = {
        "resources": {"references": ["aws_sqs_queue.intake.arn"]},
        "condition": [{"values": {"references": [f"{RULE}.intake.arn"]}}],
    }
    node["expressions"] = {"statement": [given]}


def every_arn_unknown(plan: Document) -> None:
    forget(plan, f"{TARGET}.intake", "arn", "aws_sqs_queue.intake.arn")
    forget(plan, FILTER, "topic_arn", "aws_sns_topic.changes.arn")
    forget(plan, FILTER, "endpoint", "aws_sqs_queue.finance.arn")
    forget(plan, FILTER, "redrive_policy", "aws_sqs_queue.finance_dead.arn")
    forget(plan, "aws_lambda_event_source_mapping.intake", "event_source_arn", "aws_sqs_queue.intake.arn")
    forget(plan, "aws_lambda_event_source_mapping.intake", "function_name", "aws_lambda_function.recorder.arn")
    forget(plan, "aws_lambda_event_source_mapping.stream", "event_source_arn", "aws_dynamodb_table.orders.stream_arn")
    forget(plan, f"{TARGET}.payment", "role_arn", "aws_iam_role.caller.arn")


def function_target(**permission: object) -> Change:
    def change(plan: Document) -> None:
        values(plan, f"{TARGET}.intake")["arn"] = arn("lambda", "function:recorder")
        remove(plan, "aws_sqs_queue.intake", "aws_lambda_event_source_mapping.intake")
        given = {"action": "lambda:InvokeFunction", "principal": "events.amazonaws.com", "function_name": "recorder"}
        add(plan, "aws_lambda_permission.intake", **(given | permission))

    return change


def alias_target(plan: Document) -> None:
    function_target()(plan)
    forget(plan, f"{TARGET}.intake", "arn", "aws_lambda_alias.live.arn")
    add(plan, "aws_lambda_alias.live", name="live", function_name=Unknown("aws_lambda_function.recorder.function_name"))


def stream_target(plan: Document) -> None:
    add(plan, "aws_kinesis_stream.copy", name="copy", arn=arn("kinesis", "stream/copy"))
    role = {"role_arn": "arn:aws:iam::111122223333:role/writer"}
    key = [{"partition_key_path": "$.detail.order_id"}]
    add(plan, f"{TARGET}.copy", **target("intake", arn("kinesis", "stream/copy"), kinesis_target=key, **role))
    add(plan, "aws_iam_role.writer", name="writer", arn=role["role_arn"], assume_role_policy=TRUST)
    allowed = role_policy("kinesis:Put*", arn("kinesis", "stream/*"))
    add(plan, "aws_iam_policy.writer", name="writer", policy=allowed)
    add(plan, "aws_iam_role_policy_attachment.writer", role="writer", policy_arn=Unknown("aws_iam_policy.writer.arn"))


def through_a_topic(plan: Document) -> None:
    """The bus feeds a topic whose subscription filters the whole event."""
    allowed = policy("sns:Publish", rule_arn("intake"))
    add(plan, "aws_sns_topic.events", name="events", arn=arn("sns", "events"), policy=allowed)
    add(plan, f"{TARGET}.events", **target("intake", arn("sns", "events")))
    wanted = {"detail": {"status": ["paid"], "amount": [{"numeric": [">", 5]}]}}
    add(
        plan,
        "aws_sns_topic_subscription.audit",
        **(subscription("audit", "MessageBody", wanted) | {"topic_arn": arn("sns", "events")}),
    )
    for name in ("audit", "audit-dead"):
        given = policy("sqs:SendMessage", arn("sns", "events"), service="sns.amazonaws.com")
        add(plan, f"aws_sqs_queue.{name.replace('-', '_')}", name=name, policy=given)


def forwarding_one_way(plan: Document) -> None:
    add(plan, "aws_cloudwatch_event_bus.copy", name="copy")
    add(plan, f"{RULE}.there", **rule("there", {"source": [{"prefix": "shop."}]}))
    role = {"role_arn": "arn:aws:iam::111122223333:role/sender"}
    add(plan, f"{TARGET}.there", **target("there", arn("events", "event-bus/copy"), **role))
    add(plan, "aws_iam_role.sender", name="sender", arn=role["role_arn"], assume_role_policy=TRUST)
    add(plan, "aws_iam_role_policy.sender", role="sender", policy=role_policy("events:PutEvents", "*"))
    senders = [rule_arn(name) for name in ("intake", "payment", "there")]
    values(plan, "aws_sqs_queue.dead")["policy"] = policy("sqs:SendMessage", *senders)


def schedule(plan: Document) -> None:
    add(plan, f"{RULE}.nightly", name="nightly", event_bus_name="default", schedule_expression="rate(1 day)")
    add(plan, f"{TARGET}.nightly", **(target("nightly", arn("sqs", "intake")) | {"event_bus_name": "default"}))


VARIATIONS: list[tuple[str, Change]] = [
    ("values of an enumeration", detail(status=["placed", "paid", "shipped"])),
    ("prefix", detail(order_id=[{"prefix": "ord_a"}])),
    ("prefix in any case", detail(order_id=[{"prefix": {"equals-ignore-case": "ORD_A"}}])),
    ("suffix", detail(order_id=[{"suffix": "7"}])),
    ("wildcard", detail(order_id=[{"wildcard": "ord_a*2"}])),
    ("any case", detail(status=[{"equals-ignore-case": "PAID"}])),
    ("anything but some", detail(status=[{"anything-but": ["shipped", "paid"]}])),
    ("anything but a prefix", detail(order_id=[{"anything-but": {"prefix": "ord_z"}}])),
    ("anything but a text", detail(note=[{"anything-but": "none"}])),
    ("number", detail(amount=[7])),
    ("range", detail(amount=[{"numeric": [">=", 1000]}])),
    ("open range", detail(amount=[{"numeric": [">", 998, "<", 1000]}])),
    ("boolean", detail(paid=[False, True])),
    ("null of a field that may be null", detail(note=[None])),
    ("exists true of an optional field", detail(customer={"email": [{"exists": True}]})),
    ("exists false of an optional field", detail(note=[{"exists": False}, "gift"])),
    ("field in a list of objects", detail(lines={"sku": [{"prefix": "M"}], "quantity": [1]})),
    ("field in an object that may be null", detail(customer={"country": ["NL", "BE"]})),
    ("dotted name", lambda plan: pattern(plan, "intake", {"detail.status": ["paid", "placed"]})),
    ("two branches", detail(**{"$or": [{"status": ["paid"]}, {"amount": [{"numeric": ["<", 9]}]}]})),
    ("branches in branches", detail(**{"$or": [{"status": ["paid"]}, {"$or": [{"amount": [7]}, {"paid": [True]}]}]})),
    ("own account only", lambda plan: pattern(plan, "intake", {"account": ["111122223333"]})),
    ("another account as well", lambda plan: pattern(plan, "intake", {"account": ["111122223333", "444455556666"]})),
    ("no replays", lambda plan: pattern(plan, "intake", {"replay-name": [{"exists": False}]})),
    ("region and version", lambda plan: pattern(plan, "intake", {"region": ["eu-west-1"], "version": ["0"]})),
    ("sources by prefix", lambda plan: pattern(plan, "payment", {"source": [{"prefix": "shop."}]})),
    (
        "types by anything-but",
        lambda plan: pattern(plan, "intake", {"detail-type": [{"anything-but": ["PaymentRequested"]}]}),
    ),
    ("address in some network", detail(note=[{"cidr": "10.0.0.0/8"}])),
    ("body with branches", body(**{"$or": [{"status": ["paid"]}, {"amount": [{"numeric": [">", 1]}]}]})),
    ("attribute by anything-but", attributes(status=[{"anything-but": ["placed"]}])),
    ("attribute by prefix", attributes(status=[{"prefix": "ship"}, "paid"])),
    ("no filter at all", set_(FILTER, filter_policy=None)),
    ("filter of a mapping", records("intake", {"body": {"detail": {"status": ["paid", "placed"]}}})),
    (
        "two filters of a mapping",
        records("intake", {"body": {"detail-type": ["OrderPlaced"]}}, {"body": {"detail-type": ["OrderShipped"]}}),
    ),
    ("filter of a mapping behind raw delivery", records("finance", {"body": {"status": ["paid"]}})),
    ("filter of a stream by key", records("stream", {"dynamodb": {"Keys": {"order_id": {"S": [{"prefix": "ord_"}]}}}})),
    ("filter of a stream by another attribute", records("stream", {"dynamodb": {"NewImage": {"total": {"N": ["7"]}}}})),
    (
        "transformer",
        transformed(
            {"id": "$.detail.order_id", "first": "$.detail.lines[0].sku"},
            '{"id": "<id>", "sku": "<first>", "rule": "<aws.events.rule-arn>"}',
        ),
    ),
    ("input path", set_(f"{TARGET}.intake", input_path="$.detail")),
    ("constant input", set_(f"{TARGET}.intake", input='{"ping": true}')),
    ("two rules for other types", two_rules_for_other_types),
    ("policy beside the queue", policy_beside_the_queue),
    ("policy from a document that is read during apply", policy_from_a_document),
    ("ARNs that are known after apply", every_arn_unknown),
    (
        "policy for every rule of a bus",
        set_("aws_sqs_queue.intake", policy=policy("sqs:*", arn("events", "rule/orders/*"), test="ArnLike")),
    ),
    ("policy without a condition", set_("aws_sqs_queue.intake", policy=policy("sqs:SendMessage"))),
    ("permission of a function", function_target(source_arn=rule_arn("intake"))),
    ("permission for whoever asks", function_target()),
    ("permission for the rules of a bus", function_target(source_arn=arn("events", "rule/orders/*"))),
    ("alias of a function", alias_target),
    ("stream with an attached policy", stream_target),
    ("topic behind a bus", through_a_topic),
    ("bus behind a bus", forwarding_one_way),
    ("schedule", schedule),
    (
        "rule that is off, beside one that is on",
        both(
            two_rules_for_other_types,
            lambda plan: add(plan, f"{RULE}.off", **rule("off", {"source": ["shop.shop"]}, state="DISABLED")),
        ),
    ),
]


@pytest.mark.parametrize("change", [one[1] for one in VARIATIONS], ids=[one[0] for one in VARIATIONS])
def test_variation_raises_nothing(settings: Settings, change: Change) -> None:
    plan = shop()
    change(plan)

    assert list(told(checked(plan, settings))) == []


def test_two_versions_of_an_event_are_routed_beside_each_other(tmp_path: Path) -> None:
    file = write_contracts(tmp_path)
    for folder, name in (("schemas", "OrderPlaced.v{}.json"), ("examples", "OrderPlaced.v{}")):
        copy = shutil.copytree if folder == "examples" else shutil.copy
        copy(tmp_path / folder / name.format(1), tmp_path / folder / name.format(2))
    settings = Settings.load(file)

    assert list(told(checked(shop(), settings))) == []
    taken = {row.group for row in matrix.rows({"plan": Routes(Plan(shop()), settings)}) if row.receiver != "nobody"}
    assert {"OrderPlaced.v1", "OrderPlaced.v2"} <= taken


def test_filters_are_read_from_text_as_terraform_writes_it(settings: Settings) -> None:
    plan = shop()
    text = json.dumps({"status": ["paid"], "amount": [{"numeric": [">", 5]}]}, indent=2)
    values(plan, FILTER)["filter_policy"] = text

    assert list(told(checked(plan, settings))) == []
    assert mapping(arn("sqs", "a"), "b")["enabled"] is True
