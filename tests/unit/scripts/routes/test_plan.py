"""Unknown values in a plan are resolved through modules, variables, outputs and locals, if possible."""

import json
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli import UserError
from orderflow_cli.routes import Routes
from orderflow_cli.routes.check import Checker
from orderflow_cli.routes.plan import Plan

CHANGE: dict[str, Any] = {"actions": ["create"], "after_unknown": {}}
EVENT_PATTERN = '{"source":["shop"]}'
MODULE_CODE = """
variable "targets" { type = map(string) }

locals {
  arns = { for key, target in var.targets : key => target }
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = var.targets
  arn      = local.arns[each.key]
}
"""
QUEUE_CODE = """
resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.id
  policy = jsonencode({
    Version = "2012-10-17" # of the language
    Statement = [{
      Effect    = "Allow",
      Principal = { Service = ["events.amazonaws.com"] }
      Action    = "sqs:SendMessage"
      Resource  = "${aws_sqs_queue.this.arn}"
      Condition = { ArnEquals = { "aws:SourceArn" = var.%s } }
    }]
  })
}
"""


HEREDOC_CODE = """
resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.id
  policy    = <<-POLICY
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
      "Resource": "${aws_sqs_queue.this.arn}", "Condition": {"ArnEquals": {"aws:SourceArn": "${var.sender}"}}}]}
  POLICY
}
"""


def change(address: str, after: dict[str, Any], **unknown: Any) -> dict[str, Any]:
    module, _, last = address.rpartition(".aws_")
    kind, _, name = f"aws_{last}".removeprefix("aws_aws_").partition(".")
    name, _, key = name.partition("[")
    planned_change = CHANGE | {"after": after, "after_unknown": unknown}
    entry = {"address": address, "type": kind, "name": name, "change": planned_change}
    if module:
        entry["module_address"] = module
    if key:
        entry["index"] = json.loads(key[:-1])
    return entry


def references(*names: str) -> dict[str, Any]:
    return {"references": list(names)}


def node(kind: str, name: str, for_each: str = "", **attributes: list[str]) -> dict[str, Any]:
    expressions = {key: references(*value) for key, value in attributes.items()}
    loop = {"for_each_expression": references(for_each)} if for_each else {}
    return {"type": kind, "name": name, "expressions": expressions, **loop}


def plan_with_modules(sender: str) -> dict[str, Any]:
    """Return a plan with two modules: a rule whose target ARNs pass through a variable and a local, and two instances
    of a queue; `sender` is the variable of the queue module that names the rule allowed to send."""
    rule = {"name": "r", "event_bus_name": "default", "event_pattern": EVENT_PATTERN}
    target = {"rule": "r", "event_bus_name": "default", "dead_letter_config": [{"arn": "arn:aws:sqs:eu-west-1:1:dead"}]}
    changes = [
        change("module.rule.aws_cloudwatch_event_rule.this", rule, arn=True),
        change('module.rule.aws_cloudwatch_event_target.this["a"]', target, arn=True),
    ]
    for key in ("one", "two"):
        queue = f'module.queues["{key}"].aws_sqs_queue'
        changes.append(change(f"{queue}.this", {"name": key}, arn=True))
        changes.append(change(f"{queue}_policy.this", {}, queue_url=True, policy=True))
    policy_node = node("aws_sqs_queue_policy", "this", queue_url=["aws_sqs_queue.this.id", "aws_sqs_queue.this"])
    target_node = node("aws_cloudwatch_event_target", "this", "var.targets", arn=["local.arns", "each.key"])
    modules = {
        "rule": {
            "resources": [node("aws_cloudwatch_event_rule", "this"), target_node],
            "outputs": {"rule_arn": {"expression": references("aws_cloudwatch_event_rule.this.arn")}},
        },
        "queues": {
            "resources": [node("aws_sqs_queue", "this"), policy_node],
            "outputs": {"arn": {"expression": references("aws_sqs_queue.this.arn", "aws_sqs_queue.this")}},
        },
    }
    arguments = {
        "rule": ("./rule", {"targets": references('module.queues["two"].arn', 'module.queues["two"]')}),
        "queues": ("./queue", {sender: references("module.rule.rule_arn", "module.rule")}),
    }
    calls = {
        name: {"source": source, "expressions": expressions, "module": modules[name]}
        for name, (source, expressions) in arguments.items()
    }
    return {"resource_changes": changes, "configuration": {"root_module": {"module_calls": calls}}}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name, text in (("rule", MODULE_CODE), ("queue", QUEUE_CODE % "sender")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text)
    (tmp_path / "main.tf").write_text('module "rule" {\n  source = "./rule"\n}\n')
    return tmp_path


def test_target_is_resolved_through_module_local_and_variable(source: Path) -> None:
    (receiver,) = Routes(Plan(plan_with_modules("sender"), source)).topology.receivers

    assert receiver.target.label == 'queues["two"]'
    assert receiver.label == 'rule["a"]'


def test_target_in_a_local_is_unknown_without_the_source() -> None:
    routes = Routes(Plan(plan_with_modules("sender")))

    (receiver,) = routes.topology.receivers
    undecided_findings = [one for one in Checker(routes).findings() if one.kind == "cannot-be-told"]

    assert receiver.target.kind == "unknown"
    assert [one.message for one in undecided_findings] == ["its target is unknown until apply"]


def test_finding_names_file_and_line_of_the_block(source: Path) -> None:
    (finding,) = Checker(Routes(Plan(plan_with_modules("sender"), source))).findings()

    assert (finding.kind, finding.file, finding.line) == ("permission-unknown", source / "rule" / "main.tf", 8)
    assert finding.message == "its dead-letter queue dead might not allow the sender: dead is not in this plan"


@pytest.mark.parametrize(
    "text",
    [
        QUEUE_CODE % "sender",
        HEREDOC_CODE,
        # Unformatted: a brace in the first column, tabs, comments, and no comma between the blocks.
        (QUEUE_CODE % "sender")
        .replace("  })", "})\n  # of the queue\n  # and of nobody else")
        .replace("  policy", "\tpolicy"),
        HEREDOC_CODE.replace('  {"Statement"', '{\n "Statement"').replace("]}\n", "]\n}\n").replace('" "', '"  "'),
    ],
)
def test_unknown_policy_is_read_from_the_source(source: Path, text: str) -> None:
    (source / "queue" / "main.tf").write_text(text)

    findings = Checker(Routes(Plan(plan_with_modules("sender"), source))).findings()

    assert not any('queues["two"]' in one.message for one in findings)
    (source / "queue" / "main.tf").write_text(text.replace("events.amazonaws.com", "sns.amazonaws.com"))

    findings = Checker(Routes(Plan(plan_with_modules("sender"), source))).findings()

    (message,) = [one.message for one in findings if one.kind == "no-permission"]
    assert 'queues["two"] does not allow the sender' in message


@pytest.mark.parametrize(("document", "sentence"), [("{", "cannot be read"), ('{"version": 4}', "no resources")])
def test_file_that_is_not_a_plan_is_rejected(tmp_path: Path, document: str, sentence: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(document)

    with pytest.raises(UserError, match=sentence):
        Plan.load(file)


def test_state_is_read_like_a_plan() -> None:
    rule = {"name": "r", "event_pattern": EVENT_PATTERN, "arn": "arn:aws:events:eu-west-1:1:rule/r"}
    values = {**rule, "event_bus_name": "default"}
    resource = {"mode": "managed", "type": "aws_cloudwatch_event_rule", "name": "r", "address": "a.r", "values": values}
    target = {**resource, "type": "aws_cloudwatch_event_target", "address": "a.t"}
    target["values"] = {"rule": "r", "event_bus_name": "default", "arn": "arn:aws:sqs:eu-west-1:111122223333:q"}
    document = {"values": {"root_module": {"resources": [resource], "child_modules": [{"resources": [target]}]}}}

    (receiver,) = Routes(Plan(document)).topology.receivers

    assert (receiver.target.kind, receiver.target.name) == ("queue", "q")
    assert receiver.filters == (("event", EVENT_PATTERN),)


def test_resource_to_be_destroyed_receives_nothing(source: Path) -> None:
    document = plan_with_modules("sender")
    document["resource_changes"][1]["change"] = {"actions": ["delete"], "after": None}

    assert Routes(Plan(document, source)).topology.receivers == []
