"""Each mistake is made in a plan without any, and is found with a message that names it; nothing else is found."""

import json
from pathlib import Path

import pytest

from orderflow_cli.routes.settings import Settings
from tests.support.shop_plan import (
    CONTRACTS,
    Change,
    Document,
    add,
    arn,
    checked,
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

RULE, TARGET = "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"
FILTER = "aws_sns_topic_subscription.finance"
PLACED = {"detail-type": ["OrderPlaced"], "source": ["shop.shop", "shop.till"]}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.load(write_contracts(tmp_path_factory.mktemp("shop")))


def detail(**fields: object) -> Change:
    return lambda plan: pattern(plan, "intake", {"detail": fields})


def body(**fields: object) -> Change:
    return lambda plan: values(plan, FILTER).update(filter_policy=json.dumps(fields))


def attributes(**fields: object) -> Change:
    changed = json.dumps(fields)
    return lambda plan: values(plan, "aws_sns_topic_subscription.mailer").update(filter_policy=changed)


def set_(address: str, **changed: object) -> Change:
    return lambda plan: values(plan, address).update(changed)


def records(address: str, *filters: dict[str, object]) -> Change:
    criteria = [{"filter": [{"pattern": json.dumps(one)} for one in filters]}]
    return set_(f"aws_lambda_event_source_mapping.{address}", filter_criteria=criteria)


def transformed(paths: dict[str, str], template: str) -> Change:
    return set_(f"{TARGET}.intake", input_transformer=[{"input_paths": paths, "input_template": template}])


def second_rule_for_the_queue(plan: Document) -> None:
    add(plan, f"{RULE}.again", **rule("again", {"source": ["shop.till"]}))
    add(plan, f"{TARGET}.again", **target("again", arn("sqs", "intake")))
    senders = [rule_arn(name) for name in ("intake", "payment", "again")]
    for queue in ("intake", "dead"):
        values(plan, f"aws_sqs_queue.{queue}")["policy"] = policy("sqs:SendMessage", *senders)


def second_subscription_of_the_queue(plan: Document) -> None:
    again = subscription("finance", "MessageBody", {"status": ["paid"]})
    add(plan, "aws_sns_topic_subscription.again", **again)


def two_queues_of_one_function(plan: Document) -> None:
    allowed = policy("sqs:SendMessage", arn("sns", "changes"), service="sns.amazonaws.com")
    for name in ("again", "again-dead"):
        add(plan, f"aws_sqs_queue.{name.replace('-', '_')}", name=name, policy=allowed)
    add(plan, "aws_sns_topic_subscription.again", **subscription("again", "MessageBody", {"status": ["paid"]}))
    add(plan, "aws_lambda_event_source_mapping.again", **mapping(arn("sqs", "again"), "finance"))


def six_targets(plan: Document) -> None:
    for number in range(5):
        name = f"more-{number}"
        add(plan, f"aws_sqs_queue.more{number}", name=name, policy=policy("sqs:SendMessage", rule_arn("intake")))
        add(plan, f"{TARGET}.more{number}", **target("intake", arn("sqs", name)))


def forwarding_there_and_back(plan: Document) -> None:
    add(plan, "aws_cloudwatch_event_bus.copy", name="copy")
    allowed = json.loads(role_policy("events:PutEvents", "*"))["Statement"]
    own = json.loads(values(plan, "aws_iam_role_policy.caller")["policy"])["Statement"]
    values(plan, "aws_iam_role_policy.caller")["policy"] = json.dumps({"Statement": [*own, *allowed]})
    role = {"role_arn": "arn:aws:iam::111122223333:role/caller"}
    for name, bus, to in (("there", "orders", "copy"), ("back", "copy", "orders")):
        add(plan, f"{RULE}.{name}", **(rule(name, {"source": [{"prefix": "shop."}]}) | {"event_bus_name": bus}))
        sent = target(name, arn("events", f"event-bus/{to}"), **role) | {"event_bus_name": bus}
        add(plan, f"{TARGET}.{name}", **sent)
    senders = [*(rule_arn(name) for name in ("intake", "payment", "there")), arn("events", "rule/copy/back")]
    values(plan, "aws_sqs_queue.dead")["policy"] = policy("sqs:SendMessage", *senders)


def lambda_target_without_permission(plan: Document) -> None:
    set_(f"{TARGET}.intake", arn=arn("lambda", "function:recorder"))(plan)
    remove(plan, "aws_sqs_queue.intake", "aws_lambda_event_source_mapping.intake")


def wrapped(plan: Document) -> None:
    """The filter of the queue reads the body, which is SNS's envelope without raw delivery."""
    set_(FILTER, raw_message_delivery=False)(plan)
    records("finance", {"body": {"status": ["paid"]}})(plan)


MISTAKES: list[tuple[str, Change, str, str]] = [
    # Fields
    ("misspelt field", detail(staus=["paid"]), "unknown-field", "no detail.staus; did you mean status?"),
    (
        "field of another level",
        lambda plan: pattern(plan, "intake", {"status": ["paid"]}),
        "unknown-field",
        "no status; status is at detail.status",
    ),
    ("field of a list misspelt", detail(lines={"SKU": ["A"]}), "unknown-field", "did you mean sku?"),
    ("a rule's path in a subscription", body(detail={"status": ["paid"]}), "unknown-field", "no detail"),
    ("attribute that nobody sends", attributes(state=["paid"]), "unknown-field", "no state; did you mean status?"),
    # Values
    ("wrong case", detail(status=["Paid"]), "impossible-value", 'never "Paid"; did you mean paid?'),
    ("wrong case in a subscription", body(status=["PAID"]), "impossible-value", "did you mean paid?"),
    ("one value of several misspelt", detail(status=["paid", "shiped"]), "impossible-value", "did you mean shipped?"),
    ("number as text", detail(amount=["100"]), "impossible-value", 'a whole number, never "100"'),
    ("text as number", detail(order_id=[100]), "impossible-value", "text, never 100"),
    ("boolean as text", detail(paid=["true"]), "impossible-value", 'true or false, never "true"'),
    ("null where there is none", detail(status=[None]), "impossible-value", "never null"),
    ("fraction of a whole number", detail(amount=[0.5]), "impossible-value", "never 0.5"),
    (
        "anything-but of every value",
        detail(status=[{"anything-but": ["placed", "paid", "shipped"]}]),
        "impossible-value",
        "anything but",
    ),
    ("prefix of a number", detail(amount=[{"prefix": "1"}]), "impossible-value", "prefix reads text"),
    ("prefix in the wrong case", detail(order_id=[{"prefix": "ORD_"}]), "impossible-value", 'never prefix "ORD_"'),
    ("suffix that no id has", detail(order_id=[{"suffix": "-1"}]), "impossible-value", 'never suffix "-1"'),
    (
        "wildcard that no id fits",
        detail(order_id=[{"wildcard": "ord-*"}]),
        "impossible-value",
        'never wildcard "ord-*"',
    ),
    ("numeric of a text", detail(order_id=[{"numeric": [">", 1]}]), "impossible-value", "numeric reads numbers"),
    ("numbers beyond the greatest", detail(amount=[{"numeric": [">", 1000]}]), "impossible-value", "from 1 to 1000"),
    (
        "exists false of a field that is always there",
        detail(status=[{"exists": False}]),
        "impossible-value",
        "never absent",
    ),
    (
        "exists true of an object",
        lambda plan: pattern(plan, "intake", {"detail": [{"exists": True}]}),
        "impossible-value",
        "is an object",
    ),
    ("exists false beside an impossible value", body(status=[{"exists": False}, "Paid"]), "impossible-value", "status"),
    # Types and sources
    (
        "event type misspelt",
        lambda plan: pattern(plan, "payment", {"detail-type": ["PaymentRequsted"]}),
        "impossible-value",
        "did you mean PaymentRequested?",
    ),
    (
        "one event type of several misspelt",
        lambda plan: pattern(plan, "intake", {"detail-type": ["OrderPlaced", "OrderShipped", "OrderShiped"]}),
        "impossible-value",
        "did you mean OrderShipped?",
    ),
    (
        "source misspelt",
        lambda plan: pattern(plan, "payment", {"source": ["shop.finanse"]}),
        "impossible-value",
        "did you mean shop.finance?",
    ),
    (
        "source that publishes none of the types",
        lambda plan: pattern(plan, "intake", {"source": ["shop.shop", "shop.till", "shop.warehouse", "shop.finance"]}),
        "impossible-value",
        '"shop.finance" in vain',
    ),
    # $or
    (
        "dead branch",
        detail(**{"$or": [{"status": ["paid"]}, {"staus": ["x"]}]}),
        "dead-branch",
        "branch detail.$or[2] can never match",
    ),
    (
        "dead branch in a subscription",
        body(**{"$or": [{"status": ["Paid"]}, {"amount": [7]}]}),
        "dead-branch",
        "branch $or[1]",
    ),
    # Grammar
    ("unknown operator", detail(status=[{"starts-with": "p"}]), "invalid-pattern", "starts-with"),
    ("value without a list", detail(status="paid"), "invalid-pattern", "must be an object or an array"),
    ("mixed anything-but", detail(status=[{"anything-but": ["paid", 1]}]), "invalid-pattern", "anything but"),
    (
        "range upside down",
        detail(amount=[{"numeric": [">", 9, "<", 3]}]),
        "invalid-pattern",
        "Bottom must be less than top",
    ),
    (
        "nested key in attribute scope",
        attributes(order={"status": ["paid"]}),
        "invalid-pattern",
        "order.status is nested",
    ),
    (
        "operator without a list",
        detail(amount={"numeric": [">", 5]}),
        "misplaced-operator",
        'did you mean "amount": [{"numeric": [">", 5]}]?',
    ),
    ("operator without a list in a subscription", body(note={"exists": [False]}), "misplaced-operator", "note.exists"),
    # Filters of mappings
    (
        "image that the stream does not carry",
        records("stream", {"dynamodb": {"OldImage": {"a": {"S": ["x"]}}}}),
        "unknown-field",
        "no dynamodb.OldImage; did you mean NewImage?",
    ),
    (
        "key under another type",
        records("stream", {"dynamodb": {"Keys": {"order_id": {"N": ["1"]}}}}),
        "unknown-field",
        "no dynamodb.Keys.order_id.N",
    ),
    ("change in lower case", records("stream", {"eventName": ["insert"]}), "impossible-value", "did you mean INSERT?"),
    (
        "body of a queue misspelt",
        records("intake", {"Body": {"detail": {"status": ["paid"]}}}),
        "unknown-field",
        "did you mean body?",
    ),
    ("field of a body in SNS's envelope", wrapped, "unknown-field", "no body.status"),
    (
        "six filters",
        records("intake", *({"body": {"detail": {"amount": [number]}}} for number in range(1, 7))),
        "limit",
        "6 filters",
    ),
    # Delivery
    (
        "queue that lets nobody in",
        set_("aws_sqs_queue.intake", policy=None),
        "no-permission",
        "lets events.amazonaws.com sqs:SendMessage",
    ),
    (
        "queue that lets another rule in",
        set_("aws_sqs_queue.intake", policy=policy("sqs:SendMessage", rule_arn("other"))),
        "no-permission",
        "for aws_cloudwatch_event_rule.intake",
    ),
    (
        "queue that lets in for another action",
        set_("aws_sqs_queue.intake", policy=policy("sqs:ReceiveMessage", rule_arn("intake"))),
        "no-permission",
        "sqs:SendMessage",
    ),
    (
        "queue that lets in another service",
        set_("aws_sqs_queue.finance", policy=policy("sqs:SendMessage", rule_arn("intake"))),
        "no-permission",
        "sns.amazonaws.com",
    ),
    ("function that lets nobody in", lambda_target_without_permission, "no-permission", "no aws_lambda_permission"),
    (
        "role that may do something else",
        set_("aws_iam_role_policy.caller", policy=role_policy("sqs:SendMessage", "*")),
        "no-permission",
        "may not events:InvokeApiDestination",
    ),
    (
        "role that trusts somebody else",
        set_("aws_iam_role.caller", assume_role_policy=policy("sts:AssumeRole", service="lambda.amazonaws.com")),
        "no-permission",
        "does not trust",
    ),
    ("target without its role", set_(f"{TARGET}.payment", role_arn=None), "no-permission", "no role_arn"),
    (
        "rule without a dead-letter queue",
        set_(f"{TARGET}.intake", dead_letter_config=[]),
        "no-dead-letter-queue",
        "has no dead-letter queue",
    ),
    (
        "subscription without a dead-letter queue",
        set_(FILTER, redrive_policy=None),
        "no-dead-letter-queue",
        "has no dead-letter queue",
    ),
    (
        "stream without a failure destination",
        set_("aws_lambda_event_source_mapping.stream", destination_config=[]),
        "no-dead-letter-queue",
        "on_failure",
    ),
    (
        "dead-letter queue that lets nobody in",
        set_("aws_sqs_queue.finance_dead", policy=None),
        "no-permission",
        "dead-letter queue",
    ),
    # Transformers
    (
        "transformer of a missing path",
        transformed({"id": "$.detail.orderId"}, '{"id": "<id>"}'),
        "missing-path",
        "$.detail.orderId",
    ),
    (
        "transformer without a value",
        transformed({"id": "$.detail.order_id"}, '{"id": "<id>", "at": "<at>"}'),
        "missing-path",
        "<at>",
    ),
    (
        "input path that is missing",
        set_(f"{TARGET}.intake", input_path="$.details"),
        "missing-path",
        "no details; did you mean detail?",
    ),
    (
        "header of a missing path",
        set_(f"{TARGET}.payment", http_target=[{"header_parameters": {"Key": "$.detail.key"}}]),
        "missing-path",
        "Key reads $.detail.key",
    ),
    # Limits
    ("pattern of 2,049 characters", detail(note=["n" * 2000]), "limit", "AWS takes 2,048"),
    ("six targets", six_targets, "limit", "6 targets"),
    ("151 combinations", attributes(status=["paid"] * 151), "limit", "151 combinations"),
    (
        "six keys",
        body(
            **{key: [{"exists": True}] for key in ("order_id", "status", "amount", "paid", "note")},
            customer={"email": [{"exists": True}]},
        ),
        "limit",
        "6 keys",
    ),
    # What becomes of an event
    (
        "type that nobody takes",
        lambda plan: remove(plan, f"{RULE}.payment", f"{TARGET}.payment"),
        "nobody-receives",
        "PaymentRequested.v1",
    ),
    ("rule that is disabled", set_(f"{RULE}.payment", state="DISABLED"), "nobody-receives", "PaymentRequested.v1"),
    ("consumer that gets nothing", attributes(status=[{"exists": False}, "none"]), "impossible-value", "status"),
    (
        "two rules for one queue",
        second_rule_for_the_queue,
        "received-twice",
        "by aws_cloudwatch_event_target.intake and by aws_cloudwatch_event_target.again",
    ),
    (
        "two subscriptions of one queue",
        second_subscription_of_the_queue,
        "received-twice",
        "aws_sqs_queue.finance gets OrderChanged",
    ),
    (
        "two queues of one function",
        two_queues_of_one_function,
        "received-twice",
        "aws_lambda_function.finance gets Order",
    ),
    (
        "two buses that forward to each other",
        forwarding_there_and_back,
        "loop",
        "comes back to aws_cloudwatch_event_bus.orders",
    ),
]


def test_a_plan_without_mistakes_has_no_findings(settings: Settings) -> None:
    assert list(told(checked(shop(), settings))) == []


@pytest.mark.parametrize(("change", "kind", "words"), [one[1:] for one in MISTAKES], ids=[one[0] for one in MISTAKES])
def test_mistake_is_named(settings: Settings, change: Change, kind: str, words: str) -> None:
    plan = shop()
    change(plan)

    found = checked(plan, settings)

    assert any(one.kind == kind and words in one.message for one in found), "\n".join(told(found))


def test_function_that_receives_what_it_publishes_is_a_loop(tmp_path: Path) -> None:
    plan = shop()
    file = write_contracts(tmp_path)
    schema = tmp_path / "schemas" / "OrderShipped.v1.json"
    schema.write_text(schema.read_text().replace('"warehouse"', '"recorder"'))
    pattern(plan, "intake", {"source": ["shop.shop", "shop.till", "shop.recorder"]})

    (found,) = checked(plan, Settings.load(file))

    assert found.kind == "loop"
    assert "recorder receives OrderShipped.v1" in found.message


def test_contract_that_names_nobody_is_declared_as_received_by_nobody(tmp_path: Path) -> None:
    plan = shop()
    remove(plan, f"{RULE}.payment", f"{TARGET}.payment")
    file = write_contracts(tmp_path)
    schema = tmp_path / "schemas" / "PaymentRequested.v1.json"
    schema.write_text(schema.read_text().replace('["payment_provider"]', "[]"))

    assert list(told(checked(plan, Settings.load(file)))) == []


def test_consumer_that_a_contract_names_receives_some_of_it(tmp_path: Path) -> None:
    plan = shop()
    file = write_contracts(tmp_path)
    schema = tmp_path / "schemas" / "PaymentRequested.v1.json"
    schema.write_text(schema.read_text().replace('["payment_provider"]', '["payment_provider", "mailer"]'))

    (found,) = checked(plan, Settings.load(file))

    assert (found.kind, found.address) == ("consumer-misses", "PaymentRequested.v1")
    assert "mailer receives nothing" in found.message


def test_there_are_contracts_for_each_route() -> None:
    assert len(CONTRACTS) == 4
    assert len(MISTAKES) > 60
    assert mapping(arn("sqs", "a"), "b")["function_name"] == "b"
