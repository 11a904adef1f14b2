"""`routes check` reports each mistake in a plan, and accepts valid configurations in any form."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from orderflow_cli.routes import Routes, matrix
from orderflow_cli.routes.plan import Plan
from orderflow_cli.routes.settings import Settings
from tests.support.shop_plan import (
    TRUST_POLICY,
    Change,
    Document,
    Unknown,
    add,
    arn,
    descriptions,
    edit_pattern,
    find_change,
    make_unknown,
    mapping,
    policy,
    remove,
    role_policy,
    rule,
    rule_arn,
    run_check,
    shop,
    subscription,
    target,
    values,
    write_contracts,
)

RULE_TYPE, TARGET_TYPE = "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"
MAPPING_TYPE = "aws_lambda_event_source_mapping"
EXISTS = [{"exists": True}]
SUBSCRIPTION = "aws_sns_topic_subscription.finance"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.load(write_contracts(tmp_path_factory.mktemp("shop")))


def detail(**fields: object) -> Change:
    return match("intake", {"detail": fields})


def match(rule_name: str, pattern: Document) -> Change:
    return lambda plan: edit_pattern(plan, rule_name, pattern)


def remove_resources(*addresses: str) -> Change:
    return lambda plan: remove(plan, *addresses)


def body(**fields: object) -> Change:
    return update(SUBSCRIPTION, filter_policy=json.dumps(fields))


def attributes(**fields: object) -> Change:
    return update("aws_sns_topic_subscription.mailer", filter_policy=json.dumps(fields))


def update(address: str, **changed: object) -> Change:
    return lambda plan: values(plan, address).update(changed)


def queue(name: str, **changed: object) -> Change:
    return update(f"aws_sqs_queue.{name}", **changed)


def allow(name: str, rule_name: str, action: str = "sqs:SendMessage") -> Change:
    return queue(name, policy=policy(action, rule_arn(rule_name)))


def edit_target(name: str, **changed: object) -> Change:
    return update(f"{TARGET_TYPE}.{name}", **changed)


def filters(address: str, *patterns: dict[str, object]) -> Change:
    criteria = [{"filter": [{"pattern": json.dumps(one)} for one in patterns]}]
    return update(f"{MAPPING_TYPE}.{address}", filter_criteria=criteria)


def dynamodb(**parts: object) -> Change:
    return filters("stream", {"dynamodb": parts})


def transform(paths: dict[str, str], template: str) -> Change:
    return edit_target("intake", input_transformer=[{"input_paths": paths, "input_template": template}])


def allow_rule(plan: Document, rule_name: str, *queues: str) -> None:
    """Allow one more rule to send to the queues."""
    for queue in queues:
        senders = [rule_arn(name) for name in ("intake", "payment", rule_name)]
        values(plan, f"aws_sqs_queue.{queue}")["policy"] = policy("sqs:SendMessage", *senders)


def add_second_rule(plan: Document) -> None:
    add(plan, f"{RULE_TYPE}.again", **rule("again", {"source": ["shop.till"]}))
    add(plan, f"{TARGET_TYPE}.again", **target("again", arn("sqs", "intake")))
    allow_rule(plan, "again", "intake", "dead")


def add_second_subscription(plan: Document) -> None:
    add(plan, "aws_sns_topic_subscription.again", **subscription("finance", "MessageBody", {"status": ["paid"]}))


def add_second_queue(plan: Document) -> None:
    queue_policy = policy("sqs:SendMessage", arn("sns", "changes"), service="sns.amazonaws.com")
    for name in ("again", "again-dead"):
        add(plan, f"aws_sqs_queue.{name.replace('-', '_')}", name=name, policy=queue_policy)
    add(plan, "aws_sns_topic_subscription.again", **subscription("again", "MessageBody", {"status": ["paid"]}))
    add(plan, "aws_lambda_event_source_mapping.again", **mapping(arn("sqs", "again"), "finance"))


def add_five_targets(plan: Document) -> None:
    for number in range(5):
        name = f"more-{number}"
        add(plan, f"aws_sqs_queue.more{number}", name=name, policy=policy("sqs:SendMessage", rule_arn("intake")))
        add(plan, f"{TARGET_TYPE}.more{number}", **target("intake", arn("sqs", name)))


def add_forwarding_loop(plan: Document) -> None:
    add(plan, "aws_cloudwatch_event_bus.copy", name="copy")
    statements = json.loads(values(plan, "aws_iam_role_policy.caller")["policy"])["Statement"]
    statements += json.loads(role_policy("events:PutEvents", "*"))["Statement"]
    values(plan, "aws_iam_role_policy.caller")["policy"] = json.dumps({"Statement": statements})
    role = {"role_arn": "arn:aws:iam::111122223333:role/caller"}
    for name, bus, target_bus in (("there", "orders", "copy"), ("back", "copy", "orders")):
        add(plan, f"{RULE_TYPE}.{name}", **(rule(name, {"source": [{"prefix": "shop."}]}) | {"event_bus_name": bus}))
        bus_target = target(name, arn("events", f"event-bus/{target_bus}"), **role) | {"event_bus_name": bus}
        add(plan, f"{TARGET_TYPE}.{name}", **bus_target)
    senders = [*(rule_arn(name) for name in ("intake", "payment", "there")), arn("events", "rule/copy/back")]
    values(plan, "aws_sqs_queue.dead")["policy"] = policy("sqs:SendMessage", *senders)


def set_function_target_without_permission(plan: Document) -> None:
    update(f"{TARGET_TYPE}.intake", arn=arn("lambda", "function:recorder"))(plan)
    remove(plan, "aws_sqs_queue.intake", "aws_lambda_event_source_mapping.intake")


def disable_raw_delivery(plan: Document) -> None:
    """Disable raw delivery for a queue whose filter reads the body, so that it gets SNS's envelope."""
    update(SUBSCRIPTION, raw_message_delivery=False)(plan)
    filters("finance", {"body": {"status": ["paid"]}})(plan)


def deny(element: str, service: str = "events.amazonaws.com", action: str = "sqs:*", **tests: Document) -> Change:
    """Allow every rule to send to the intake queue, and deny one principal, or all but one."""
    (allow_statement,) = json.loads(policy("sqs:SendMessage"))["Statement"]
    deny_statement = {"Effect": "Deny", element: {"Service": service}, "Action": action, "Resource": "*"}
    deny_statement |= {"Condition": tests} if tests else {}
    return queue("intake", policy=json.dumps({"Statement": [allow_statement, deny_statement]}))


def encrypt(**principal: str) -> Change:
    """Encrypt the finance queue with a key whose policy allows a principal."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": ["kms:Decrypt", "kms:Generate*"], "Resource": "*"}

    def change(plan: Document) -> None:
        add(plan, "aws_kms_key.k", policy=json.dumps({"Statement": statement}))
        make_unknown(plan, "aws_sqs_queue.finance", "kms_master_key_id", "aws_kms_key.k.arn")

    return change


def add_pipe(*filters: dict[str, object]) -> Change:
    """Add a pipe from the intake queue to its dead-letter queue, allowed by an inline policy of its role."""
    return add_pipe_with_action("sqs:SendMessage", *filters)


def add_pipe_to_bus(plan: Document, **parameters: str) -> None:
    """Add a pipe from the intake queue back to the bus."""
    add_pipe_with_action("events:PutEvents")(plan)
    target = {"target": arn("events", "event-bus/orders")}
    target["target_parameters"] = [{"eventbridge_event_bus_parameters": [parameters]}]
    values(plan, "aws_pipes_pipe.copy").update(target)


def add_pipe_with_action(action: str, *filters: dict[str, object]) -> Change:
    role = {"name": "piper", "arn": "arn:aws:iam::111122223333:role/piper"}
    role["assume_role_policy"] = TRUST_POLICY.replace("events.", "pipes.")
    parameters = [{"filter_criteria": [{"filter": [{"pattern": json.dumps(one)} for one in filters]}]}]
    fields = {"source": arn("sqs", "intake"), "target": arn("sqs", "dead"), "role_arn": role["arn"]}

    def change(plan: Document) -> None:
        inline_policies = [{"name": "write", "policy": role_policy(action, "*")}]
        add(plan, "aws_iam_role.piper", **role, inline_policy=inline_policies)
        add(plan, "aws_pipes_pipe.copy", **fields, source_parameters=parameters)

    return change


def set_function_target(**permission: object) -> Change:
    def change(plan: Document) -> None:
        values(plan, f"{TARGET_TYPE}.intake")["arn"] = arn("lambda", "function:recorder")
        remove(plan, "aws_sqs_queue.intake", "aws_lambda_event_source_mapping.intake")
        defaults = {"action": "lambda:InvokeFunction", "principal": "events.amazonaws.com", "function_name": "recorder"}
        add(plan, "aws_lambda_permission.intake", **(defaults | permission))

    return change


def set_other_function_target(plan: Document) -> None:
    set_function_target(function_name="audit")(plan)
    values(plan, f"{TARGET_TYPE}.intake")["arn"] = arn("lambda", "function:audit")


def set_alias_target(**permission: object) -> Change:
    def change(plan: Document) -> None:
        set_function_target(**permission)(plan)
        make_unknown(plan, f"{TARGET_TYPE}.intake", "arn", "aws_lambda_alias.live.arn")
        function_name = Unknown("aws_lambda_function.recorder.function_name")
        add(plan, "aws_lambda_alias.live", name="live", function_name=function_name)

    return change


def add_mapping_without_contract(plan: Document) -> None:
    add(plan, f"{MAPPING_TYPE}.dead", **mapping(arn("sqs", "dead"), "recorder", {"status": ["paid"]}))


MISTAKES: dict[str, dict[str, tuple[Change, str]]] = {
    "unknown-field": {
        "misspelt field": (detail(staus=["paid"]), "no detail.staus; did you mean status?"),
        "field of another level": (match("intake", {"status": ["paid"]}), "no status; status is at detail.status"),
        "misspelt field of a list": (detail(lines={"SKU": ["A"]}), "did you mean sku?"),
        "a rule's path in a subscription": (body(detail={"status": ["paid"]}), "no detail"),
        "attribute that is not sent": (attributes(state=["paid"]), "no state; did you mean status?"),
        "missing image": (dynamodb(OldImage={"a": {"S": ["x"]}}), "no dynamodb.OldImage; did you mean NewImage?"),
        "key of another type": (dynamodb(Keys={"order_id": {"N": ["1"]}}), "no dynamodb.Keys.order_id.N"),
        "body of a queue without a contract": (add_mapping_without_contract, "the queue's record has no status"),
        "body in upper case": (filters("intake", {"Body": {"detail": {"status": ["paid"]}}}), "did you mean body?"),
        "misspelt field of a pipe": (add_pipe({"body": {"detail": {"staus": ["paid"]}}}), "did you mean status?"),
        "field of a body in SNS's envelope": (disable_raw_delivery, "no body.status"),
        "field of a string": (detail(status={"value": [{"exists": True}]}), "no detail.status.value"),
        "envelope field in upper case": (match("intake", {"Source": ["shop.shop"]}), "did you mean source?"),
    },
    "impossible-value": {
        "wrong case": (detail(status=["Paid"]), 'never "Paid"; did you mean paid?'),
        "number as a string": (detail(amount=["100"]), 'a whole number, never "100"'),
        "string as a number": (detail(order_id=[100]), "text, never 100"),
        "null for a field that is not nullable": (detail(status=[None]), "never null"),
        "every value excluded": (detail(status=[{"anything-but": ["placed", "paid", "shipped"]}]), "anything but"),
        "prefix of a number": (detail(amount=[{"prefix": "1"}]), "prefix needs text"),
        "prefix in the wrong case": (detail(order_id=[{"prefix": "ORD_"}]), 'never prefix "ORD_"'),
        "wildcard that no id matches": (detail(order_id=[{"wildcard": "ord-*"}]), 'never wildcard "ord-*"'),
        "numeric operator on a string": (detail(order_id=[{"numeric": [">", 1]}]), "numeric needs numbers"),
        "number above the maximum": (detail(amount=[{"numeric": [">", 1000]}]), "from 1 to 1000"),
        "exists false for a required field": (detail(status=[{"exists": False}]), "never absent"),
        "exists true for an object": (match("intake", {"detail": [{"exists": True}]}), "is an object"),
        "exists false beside an impossible value": (body(status=[{"exists": False}, "Paid"]), "status"),
        "misspelt type among others": (
            match("intake", {"detail-type": ["OrderPlaced", "OrderShipped", "OrderShiped"]}),
            "did you mean OrderShipped?",
        ),
        "source that publishes none of the types": (
            match("intake", {"source": ["shop.shop", "shop.till", "shop.warehouse", "shop.finance"]}),
            'can never be "shop.finance"',
        ),
        "event name in lower case": (filters("stream", {"eventName": ["insert"]}), "did you mean INSERT?"),
        "every id excluded": (detail(order_id=[{"anything-but": {"prefix": "ord_"}}]), 'anything but prefix "ord_"'),
        "cidr on a status": (detail(status=[{"cidr": "10.0.0.0/8"}]), 'never cidr "10.0.0.0/8"'),
        "suffix that no enumerated value has": (detail(status=[{"suffix": "AID"}]), 'never suffix "AID"'),
        "wildcard that no enumerated value matches": (detail(status=[{"wildcard": "p*x"}]), 'wildcard "p*x"'),
        "range between two whole numbers": (detail(amount=[{"numeric": [">", 5, "<", 6]}]), "a whole number from"),
        "source that never sends the type": (
            match("intake", {"detail-type": ["OrderPlaced"], "source": ["shop.warehouse"]}),
            'never "shop.warehouse"',
        ),
        "attribute with an impossible value": (attributes(status=[{"exists": False}, "none"]), "status"),
    },
    "dead-branch": {
        "dead": (detail(**{"$or": [{"status": ["paid"]}, {"staus": ["x"]}]}), "branch detail.$or[2] can never match"),
        "dead branch over two levels": (
            match("intake", {"$or": [{"detail": {"amount": [{"numeric": [">", 1000]}]}}, {"version": ["0"]}]}),
            "branch $or[1]",
        ),
        "dead branch in a subscription": (body(**{"$or": [{"status": ["Paid"]}, {"amount": [7]}]}), "branch $or[1]"),
    },
    "invalid-pattern": {
        "unknown operator": (detail(status=[{"starts-with": "p"}]), "starts-with"),
        "empty list of values": (detail(status=[]), "Empty arrays"),
        "wildcard on an attribute": (attributes(status=[{"wildcard": "p*"}]), "subscriptions do not"),
        "nested key in attribute scope": (attributes(order={"status": ["paid"]}), "order.status is nested"),
    },
    "misplaced-operator": {
        "no list in a rule": (detail(amount={"numeric": [">", 5]}), 'mean "amount": [{"numeric": [">", 5]}]?'),
        "no list in a subscription": (body(note={"exists": [False]}), "note.exists"),
    },
    "limit": {
        "six filters": (filters("intake", *({"body": {"detail": {"amount": [n]}}} for n in range(1, 7))), "6 filters"),
        "pattern of 2,049 characters": (detail(note=["n" * 2000]), "AWS allows 2,048"),
        "six targets": (add_five_targets, "6 targets"),
        "151 combinations": (attributes(status=["paid"] * 151), "151 combinations"),
        "six keys": (
            body(**dict.fromkeys(("order_id", "status", "amount", "paid", "note"), EXISTS), customer={"email": EXISTS}),
            "6 keys",
        ),
    },
    "no-permission": {
        "queue without a policy": (queue("intake", policy=None), "allow events.amazonaws.com to call sqs:SendMessage"),
        "queue policy for another rule": (allow("intake", "other"), "for aws_cloudwatch_event_rule.intake"),
        "queue policy with a literal wildcard": (
            queue("intake", policy=policy("sqs:*", arn("events", "rule/orders/*"), test="StringEquals")),
            "allow events.amazonaws.com to call sqs:SendMessage",
        ),
        "permission for another account": (set_function_target(source_account="444455556666"), "no aws_lambda"),
        "queue policy for another action": (allow("intake", "intake", "sqs:ReceiveMessage"), "sqs:SendMessage"),
        "queue policy for another service": (allow("finance", "intake"), "sns.amazonaws.com"),
        "function without a permission": (set_function_target_without_permission, "no aws_lambda_permission"),
        "role for another action": (
            update("aws_iam_role_policy.caller", policy=role_policy("sqs:SendMessage", "*")),
            "do not allow events:InvokeApiDestination",
        ),
        "role that trusts another service": (
            update("aws_iam_role.caller", assume_role_policy=policy("sts:AssumeRole", service="lambda.amazonaws.com")),
            "does not trust",
        ),
        "pipe role that can only read": (add_pipe_with_action("sqs:ReceiveMessage"), "do not allow sqs:SendMessage"),
        "function permission without the alias": (set_alias_target(), "with qualifier live"),
        "function permission for another alias": (set_alias_target(qualifier="old"), "with qualifier live"),
        "target without a role": (edit_target("payment", role_arn=None), "no role_arn"),
        "queue policy that denies the sender": (deny("Principal"), "to call sqs:SendMessage"),
        "queue policy that denies all but one": (deny("NotPrincipal", "sns.amazonaws.com"), "to call sqs:SendMessage"),
        "key policy for its account only": (encrypt(AWS="arn:aws:iam::111122223333:root"), "to call kms:"),
        "AWS managed key": (queue("finance", kms_master_key_id="alias/aws/sqs"), "customer managed key"),
        "dead-letter queue without a policy": (queue("finance_dead", policy=None), "dead-letter queue"),
    },
    "no-dead-letter-queue": {
        "rule without a dead-letter queue": (edit_target("intake", dead_letter_config=[]), "has no dead-letter queue"),
        "subscription without redrive policy": (update(SUBSCRIPTION, redrive_policy=None), "has no dead-letter queue"),
        "dead-letter queue that is the target": (
            edit_target("intake", dead_letter_config=[{"arn": arn("sqs", "intake")}]),
            "is also its target",
        ),
        "dead-letter queue of another Region": (
            edit_target("intake", dead_letter_config=[{"arn": "arn:aws:sqs:us-east-1:111122223333:dead"}]),
            "must be in eu-west-1; got us-east-1",
        ),
        "queue without a redrive policy": (queue("intake", redrive_policy=None), "queue.intake has no redrive_policy"),
        "stream without a failure destination": (update(f"{MAPPING_TYPE}.stream", destination_config=[]), "are lost"),
    },
    "missing-path": {
        "missing path of a transformer": (transform({"id": "$.detail.orderId"}, '{"id": "<id>"}'), "$.detail.orderId"),
        "undefined placeholder": (transform({"id": "$.detail.order_id"}, '{"id": "<id>", "at": "<at>"}'), "<at>"),
        "missing input path": (edit_target("intake", input_path="$.details"), "no details; did you mean detail?"),
        "header of a missing path": (
            edit_target("payment", http_target=[{"header_parameters": {"Key": "$.detail.key"}}]),
            "Key reads $.detail.key",
        ),
    },
    "no-target": {
        "rule without a target": (remove_resources(f"{TARGET_TYPE}.payment"), "are not delivered"),
        "target on another bus": (
            edit_target("payment", event_bus_name="default"),
            "its rule is on aws_cloudwatch_event",
        ),
    },
    "consumer-misses": {"disabled mapping": (update(f"{MAPPING_TYPE}.intake", enabled=False), "recorder does not")},
    "nobody-receives": {
        "no rule": (remove_resources(f"{RULE_TYPE}.payment", f"{TARGET_TYPE}.payment"), "PaymentRequested.v1"),
        "disabled rule": (update(f"{RULE_TYPE}.payment", state="DISABLED"), "PaymentRequested.v1"),
    },
    "received-twice": {
        "two rules for one queue": (add_second_rule, f"via {TARGET_TYPE}.intake and {TARGET_TYPE}.again"),
        "two subscriptions of one queue": (add_second_subscription, "aws_sqs_queue.finance receives OrderChanged"),
        "two queues of one function": (add_second_queue, "aws_lambda_function.finance receives Order"),
    },
    "loop": {
        "two buses": (add_forwarding_loop, "returns to aws_cloudwatch_event_bus.orders"),
        "pipe": (partial(add_pipe_to_bus, source="shop.till", detail_type="OrderPlaced"), "-> aws_pipes_pipe.copy"),
    },
}


def test_valid_plan_has_no_findings(settings: Settings) -> None:
    assert list(descriptions(run_check(shop(), settings))) == []


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        pytest.param(change, kind, text, id=name)
        for kind, mistakes in MISTAKES.items()
        for name, (change, text) in mistakes.items()
    ],
)
def test_mistake_is_reported(settings: Settings, change: Change, kind: str, text: str) -> None:
    plan = shop()
    change(plan)

    findings = run_check(plan, settings)

    assert any(one.kind == kind and text in one.message for one in findings), "\n".join(descriptions(findings))


def test_policy_of_a_bus_in_another_account_is_undecidable(settings: Settings) -> None:
    plan = shop()
    other_bus_arn = "arn:aws:events:eu-west-1:444455556666:event-bus/default"
    add_forwarding_rule(plan, other_bus_arn, bus="default")
    values(plan, "aws_sqs_queue.dead")["policy"] = policy("sqs:SendMessage")

    (finding,) = run_check(plan, settings)

    assert (finding.kind, finding.address) == ("permission-unknown", f"{TARGET_TYPE}.there")
    assert "the policy of default in another account" in finding.message


def edit_contract(folder: Path, name: str, old: str, new: str) -> Settings:
    file = write_contracts(folder)
    schema = folder / "schemas" / f"{name}.json"
    schema.write_text(schema.read_text().replace(old, new))
    return Settings.load(file)


def test_function_that_receives_its_own_events_is_a_loop(tmp_path: Path) -> None:
    plan = shop()
    edit_pattern(plan, "intake", {"source": ["shop.shop", "shop.till", "shop.recorder"]})

    (finding,) = run_check(plan, edit_contract(tmp_path, "OrderShipped.v1", '"warehouse"', '"recorder"'))

    assert finding.kind == "loop"
    assert "recorder receives OrderShipped.v1" in finding.message


def test_contract_without_consumers_needs_no_receiver(tmp_path: Path) -> None:
    plan = shop()
    remove(plan, f"{RULE_TYPE}.payment", f"{TARGET_TYPE}.payment")

    settings = edit_contract(tmp_path, "PaymentRequested.v1", '["payment_provider"]', "[]")

    assert list(descriptions(run_check(plan, settings))) == []


def test_contract_consumer_that_never_receives_the_event_is_reported(tmp_path: Path) -> None:
    settings = edit_contract(tmp_path, "PaymentRequested.v1", '"payment_provider"]', '"payment_provider", "mailer"]')

    (finding,) = run_check(shop(), settings)

    assert (finding.kind, finding.address) == ("consumer-misses", "PaymentRequested.v1")
    assert "mailer does not receive this event" in finding.message


def split_rule(plan: Document) -> None:
    edit_pattern(plan, "intake", {"source": ["shop.shop", "shop.till"], "detail-type": ["OrderPlaced"]})
    add(plan, f"{RULE_TYPE}.shipped", **rule("shipped", {"source": ["shop.warehouse"]}))
    add(plan, f"{TARGET_TYPE}.shipped", **target("shipped", arn("sqs", "intake")))
    allow_rule(plan, "shipped", "intake", "dead")


def add_disabled_rule(plan: Document) -> None:
    split_rule(plan)
    add(plan, f"{RULE_TYPE}.off", **rule("off", {"source": ["shop.shop"]}, state="DISABLED"))


def move_policy(plan: Document) -> None:
    queue_policy = values(plan, "aws_sqs_queue.intake").pop("policy")
    find_change(plan, "aws_sqs_queue.intake")["change"]["after_unknown"]["policy"] = True
    for node in plan["configuration"]["root_module"]["resources"]:
        node["expressions"].pop("policy", None) if node["address"] == "aws_sqs_queue.intake" else None
    add(plan, "aws_sqs_queue_policy.intake", policy=queue_policy, queue_url=Unknown("aws_sqs_queue.intake.url"))


def move_redrive_policy(plan: Document) -> None:
    redrive_policy = values(plan, "aws_sqs_queue.intake").pop("redrive_policy")
    queue_url = Unknown("aws_sqs_queue.intake.url")
    add(plan, "aws_sqs_queue_redrive_policy.intake", redrive_policy=redrive_policy, queue_url=queue_url)
    add(plan, f"{MAPPING_TYPE}.dead", **mapping(arn("sqs", "dead"), "recorder"))


def use_policy_document(plan: Document) -> None:
    statement = {
        "effect": "Allow",
        "actions": ["sqs:SendMessage"],
        "principals": [{"type": "Service", "identifiers": ["events.amazonaws.com"]}],
        "condition": [{"test": "ArnEquals", "variable": "aws:SourceArn"}],
    }
    move_policy(plan)
    make_unknown(plan, "aws_sqs_queue_policy.intake", "policy", "data.aws_iam_policy_document.intake.json")
    add(plan, "data.aws_iam_policy_document.intake", statement=[statement])
    unknown = {"resources": True, "condition": [{"values": True}]}
    find_change(plan, "data.aws_iam_policy_document.intake")["change"]["after_unknown"] = {"statement": [unknown]}
    node = plan["configuration"]["root_module"]["resources"][-1]
    references = {
        "resources": {"references": ["aws_sqs_queue.intake.arn"]},
        "condition": [{"values": {"references": [f"{RULE_TYPE}.intake.arn"]}}],
    }
    node["expressions"] = {"statement": [references]}


def hide_arns(plan: Document) -> None:
    make_unknown(plan, f"{TARGET_TYPE}.intake", "arn", "aws_sqs_queue.intake.arn")
    make_unknown(plan, SUBSCRIPTION, "topic_arn", "aws_sns_topic.changes.arn")
    make_unknown(plan, SUBSCRIPTION, "endpoint", "aws_sqs_queue.finance.arn")
    make_unknown(plan, SUBSCRIPTION, "redrive_policy", "aws_sqs_queue.finance_dead.arn")
    make_unknown(plan, f"{MAPPING_TYPE}.intake", "event_source_arn", "aws_sqs_queue.intake.arn")
    make_unknown(plan, f"{MAPPING_TYPE}.intake", "function_name", "aws_lambda_function.recorder.arn")
    make_unknown(plan, f"{MAPPING_TYPE}.stream", "event_source_arn", "aws_dynamodb_table.orders.stream_arn")
    make_unknown(plan, f"{TARGET_TYPE}.payment", "role_arn", "aws_iam_role.caller.arn")


def add_stream_target(plan: Document, attachment: str = "role") -> None:
    add(plan, "aws_kinesis_stream.copy", name="copy", arn=arn("kinesis", "stream/copy"))
    role = {"role_arn": "arn:aws:iam::111122223333:role/writer"}
    key = [{"partition_key_path": "$.detail.order_id"}]
    add(plan, f"{TARGET_TYPE}.copy", **target("intake", arn("kinesis", "stream/copy"), kinesis_target=key, **role))
    add(plan, "aws_iam_role.writer", name="writer", arn=role["role_arn"], assume_role_policy=TRUST_POLICY)
    writer_policy = role_policy("kinesis:Put*", arn("kinesis", "stream/*"))
    add(plan, "aws_iam_policy.writer", name="writer", policy=writer_policy)
    policy_arn = Unknown("aws_iam_policy.writer.arn")
    if attachment == "managed_policy_arns":
        values(plan, "aws_iam_role.writer")["managed_policy_arns"] = []
        make_unknown(plan, "aws_iam_role.writer", attachment, "aws_iam_policy.writer.arn")
    elif attachment == "roles":
        add(plan, "aws_iam_policy_attachment.writer", roles=["writer"], policy_arn=policy_arn)
    else:
        add(plan, "aws_iam_role_policy_attachment.writer", role="writer", policy_arn=policy_arn)


def add_topic_target(plan: Document) -> None:
    """Add a topic as a target of a rule, and a subscription that filters on the whole event."""
    topic_policy = policy("sns:Publish", rule_arn("intake"))
    add(plan, "aws_sns_topic.events", name="events", arn=arn("sns", "events"), policy=topic_policy)
    add(plan, f"{TARGET_TYPE}.events", **target("intake", arn("sns", "events")))
    pattern = {"detail": {"status": ["paid"], "amount": [{"numeric": [">", 5]}]}}
    audit = subscription("audit", "MessageBody", pattern, topic_arn=arn("sns", "events"))
    add(plan, "aws_sns_topic_subscription.audit", **audit)
    for name in ("audit", "audit-dead"):
        queue_policy = policy("sqs:SendMessage", arn("sns", "events"), service="sns.amazonaws.com")
        add(plan, f"aws_sqs_queue.{name.replace('-', '_')}", name=name, policy=queue_policy)


def add_forwarding_rule(plan: Document, target_arn: str = arn("events", "event-bus/copy"), bus: str = "orders") -> None:
    add(plan, "aws_cloudwatch_event_bus.copy", name="copy")
    add(plan, f"{RULE_TYPE}.there", **rule("there", {"source": [{"prefix": "shop."}]}) | {"event_bus_name": bus})
    role = {"role_arn": "arn:aws:iam::111122223333:role/sender", "event_bus_name": bus}
    add(plan, f"{TARGET_TYPE}.there", **target("there", target_arn) | role)
    add(plan, "aws_iam_role.sender", name="sender", arn=role["role_arn"], assume_role_policy=TRUST_POLICY)
    add(plan, "aws_iam_role_policy.sender", role="sender", policy=role_policy("events:PutEvents", "*"))
    allow_rule(plan, "there", "dead")


def add_scheduled_rule(plan: Document) -> None:
    add(plan, f"{RULE_TYPE}.nightly", name="nightly", event_bus_name="default", schedule_expression="rate(1 day)")
    add(plan, f"{TARGET_TYPE}.nightly", **(target("nightly", arn("sqs", "intake")) | {"event_bus_name": "default"}))


VARIATIONS: dict[str, Change] = {
    "prefix in any case": detail(order_id=[{"prefix": {"equals-ignore-case": "ORD_A"}}]),
    "wildcard": detail(order_id=[{"wildcard": "ord_a*2"}]),
    "anything but a prefix": detail(order_id=[{"anything-but": {"prefix": "ord_z"}}]),
    "anything but a string": detail(note=[{"anything-but": "none"}]),
    "anything but a suffix, a wildcard, strings": detail(
        order_id=[{"anything-but": {"suffix": "9"}}, {"anything-but": {"wildcard": "*9"}}, {"anything-but": ["x"]}]
    ),
    "suffix of an enumeration": detail(status=[{"suffix": "ed"}, {"suffix": {"equals-ignore-case": "ID"}}]),
    "wildcard of an enumeration": detail(status=[{"wildcard": "*i*"}]),
    "strings, null and a prefix": detail(note=["a", None, {"prefix": "b"}]),
    "branches over two levels": match("intake", {"$or": [{"source": ["shop.till"]}, {"detail": {"paid": [True]}}]}),
    "body in a list of objects": body(lines={"sku": [{"prefix": "M"}]}),
    "body without a field": body(note=[{"exists": False}]),
    "attribute in branches": attributes(**{"$or": [{"status": ["paid"]}, {"status": ["shipped"]}]}),
    "open range": detail(amount=[{"numeric": [">", 998, "<", 1000]}]),
    "null of a nullable field": detail(note=[None]),
    "exists false for an optional field": detail(note=[{"exists": False}, "gift"]),
    "field in a list of objects": detail(lines={"sku": [{"prefix": "M"}], "quantity": [1]}),
    "field in a nullable object": detail(customer={"country": ["NL", "BE"]}),
    "dotted name": match("intake", {"detail.status": ["paid", "placed"]}),
    "branches in branches": detail(**{"$or": [{"status": ["paid"]}, {"$or": [{"amount": [7]}, {"paid": [True]}]}]}),
    "own account only": match("intake", {"account": ["111122223333"]}),
    "another account as well": match("intake", {"account": ["111122223333", "444455556666"]}),
    "pattern without replays": match("intake", {"replay-name": [{"exists": False}]}),
    "types by anything-but": match("intake", {"detail-type": [{"anything-but": ["PaymentRequested"]}]}),
    "address in some network": detail(note=[{"cidr": "10.0.0.0/8"}]),
    "attribute by prefix": attributes(status=[{"prefix": "ship"}, "paid"]),
    "no filter": update(SUBSCRIPTION, filter_policy=None),
    "empty filter": update(SUBSCRIPTION, filter_policy="{ }"),
    "filter of a mapping": filters("intake", {"body": {"detail": {"status": ["paid", "placed"]}}}),
    "two filters": filters("intake", *({"body": {"detail-type": [f"Order{one}"]}} for one in ("Placed", "Shipped"))),
    "filter of a mapping behind raw delivery": filters("finance", {"body": {"status": ["paid"]}}),
    "filter of a pipe": add_pipe({"body": {"detail": {"status": ["paid"]}}}),
    "pipe that publishes under its own name": add_pipe_to_bus,
    "filter of a stream by key": dynamodb(Keys={"order_id": {"S": [{"prefix": "ord_"}]}}),
    "filter of a stream by another attribute": dynamodb(NewImage={"total": {"N": ["7"]}}),
    "transformer": transform(
        {"id": "$.detail.order_id", "first": "$.detail.lines[0].sku"},
        '{"id": "<id>", "sku": "<first>", "rule": "<aws.events.rule-arn>"}',
    ),
    "input path": edit_target("intake", input_path="$.detail"),
    "constant input": edit_target("intake", input='{"ping": true}'),
    "two rules for other types": split_rule,
    "policy beside the queue": move_policy,
    "redrive beside the queue": move_redrive_policy,
    "policy from a document read during apply": use_policy_document,
    "ARNs unknown until apply": hide_arns,
    "policy for any rule": queue("intake", policy=policy("sqs:*", arn("events", "rule/orders/*"), test="ArnLike")),
    "policy without a condition": queue("intake", policy=policy("sqs:SendMessage")),
    "policy that denies requests without a source ARN": deny("Principal", Null={"aws:SourceArn": "true"}),
    "policy that denies plain HTTP": deny("Principal", Bool={"aws:SecureTransport": False}),
    "policy that denies others": deny("NotPrincipal", action="sqs:SendMessage"),
    "policy with NotAction": queue("intake", policy=policy("sqs:DeleteQueue").replace('"Act', '"NotAct')),
    "key policy for the sender": encrypt(Service="sns.amazonaws.com"),
    "permission of a function": set_function_target(source_arn=rule_arn("intake")),
    "permission for every rule": set_function_target(),
    "permission of a function in another plan": set_other_function_target,
    "permission for the rules of a bus": set_function_target(source_arn=arn("events", "rule/orders/*")),
    "alias of a function": set_alias_target(qualifier="live"),
    "stream with an attached policy": add_stream_target,
    "stream with a policy attached to several roles": partial(add_stream_target, attachment="roles"),
    "stream with a managed policy of its role": partial(add_stream_target, attachment="managed_policy_arns"),
    "topic behind a bus": add_topic_target,
    "bus behind a bus": add_forwarding_rule,
    "default bus behind a bus": partial(add_forwarding_rule, target_arn=arn("events", "event-bus/default")),
    "schedule": add_scheduled_rule,
    "disabled rule beside an enabled one": add_disabled_rule,
}


@pytest.mark.parametrize("change", VARIATIONS.values(), ids=VARIATIONS)
def test_valid_variation_has_no_findings(settings: Settings, change: Change) -> None:
    plan = shop()
    change(plan)

    assert list(descriptions(run_check(plan, settings))) == []


def test_two_versions_of_an_event_can_be_routed(tmp_path: Path) -> None:
    file = write_contracts(tmp_path)
    for folder, name in (("schemas", "OrderPlaced.v{}.json"), ("examples", "OrderPlaced.v{}")):
        copy = shutil.copytree if folder == "examples" else shutil.copy
        copy(tmp_path / folder / name.format(1), tmp_path / folder / name.format(2))
    settings = Settings.load(file)

    assert list(descriptions(run_check(shop(), settings))) == []
    rows = matrix.rows({"plan": Routes(Plan(shop()), settings)})
    assert {"OrderPlaced.v1", "OrderPlaced.v2"} <= {row.group for row in rows if row.receiver != "no receiver"}
