"""The recipes of CONTRIBUTING.md and of the environments' README, followed exactly in a copy, which is then planned."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dev.commands import generate
from orderflow_cli import ROOT
from tests.infra.support.planning import Plan, Planner, resources

# Both recipes together: the new function receives an order change and publishes the new event type.
GRANT_PROGRAM = """
import json, sys
from pathlib import Path
from loyalty import handler
from tests.support.doubles import PublisherDouble

handler._publisher = PublisherDouble()
handler._grant_points(Path(sys.argv[1]).read_text(), lambda: 1_000)
print(json.dumps(handler._publisher.published))
"""
SETTINGS = {"BUS_NAME": "orders", "DEAD_LETTER_QUEUE_URL": "https://example.com/queue", "AWS_REGION": "eu-west-1"}


@pytest.fixture(scope="module")
def lambdas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The functions' folder after both recipes have been followed and `make generate` has run."""
    clone = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "lambdas", clone / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))
    apply_recipes(clone, "lambdas")
    for path, text in generate.outdated_files(clone).items():
        generate.write(clone / path, text)
    return clone / "lambdas"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory, lambdas: Path, provider_env: dict[str, str]) -> Plan:
    """The plan of the environment `qa`, created by its recipe, with the new function."""
    planner = Planner(tmp_path_factory.mktemp("planned"), provider_env, lambdas)
    apply_recipes(planner.folder, "terraform")
    (script,) = re.findall(r"```sh\n(.*?)```", (planner.terraform / "environments/README.md").read_text(), re.DOTALL)
    subprocess.run(["sh", "-euc", script], cwd=planner.terraform / "environments", check=True)
    return planner.mocked_plan("qa")


def apply_recipes(clone: Path, folder: str) -> None:
    """Apply the diffs of both recipes to one folder."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for title in ("Add a function", "Add an event type"):
        (diff,) = re.findall(r"```diff\n(.*?)```", text.partition(f"## {title}\n")[2].partition("\n## ")[0], re.DOTALL)
        # The folder may be inside another Git repository, which must not be patched instead.
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(clone.parent)}
        command = ["git", "apply", f"--include={folder}/*", "-"]
        subprocess.run(command, cwd=clone, env=environment, input=diff, text=True, check=True)


def test_new_function_publishes_the_new_event_type(lambdas: Path) -> None:
    program = f"import sys; sys.path[:0] = {[str(lambdas), str(ROOT)]!r}\n{GRANT_PROGRAM}"
    change = lambdas / "contracts/examples/OrderChanged.v1/valid/complete.json"
    command = [sys.executable, "-c", program, str(change)]
    result = subprocess.run(command, env={**os.environ, **SETTINGS}, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    (event,) = json.loads(result.stdout.splitlines()[-1])
    after = json.loads(change.read_text())["data"]["after"]
    assert event["metadata"]["event_type"] == "PointsGranted"
    assert event["data"] == {"order_id": after["order_id"], "points": after["total"]["amount"] // 100}


def test_resources_of_a_new_environment_are_named_after_it(plan: Plan) -> None:
    names = {one["function_name"] for one in resources(plan, "aws_lambda_function").values()}
    names |= {one["name"] for kind in ("aws_sqs_queue", "aws_dynamodb_table") for one in resources(plan, kind).values()}

    assert len(names) > 40
    assert {name for name in names if not name.startswith("orderflow-qa-")} == set()


def test_new_function_has_queues_a_subscription_and_a_dashboard_widget(plan: Plan) -> None:
    queues = {one["name"] for one in resources(plan, "aws_sqs_queue").values()}
    assert {f"orderflow-qa-loyalty{suffix}" for suffix in ("", "-dlq", "-function-dlq")} <= queues
    (subscription,) = [
        one for one in resources(plan, "aws_sns_topic_subscription").values() if one["endpoint"].endswith("-loyalty")
    ]
    assert json.loads(subscription["filter_policy"])["data"] == {"status": ["delivered"]}
    outputs = plan["output_changes"]["pipeline"]["after"]
    assert outputs["functions"]["loyalty"]["name"] == "orderflow-qa-loyalty"
    (dashboard,) = resources(plan, "aws_cloudwatch_dashboard").values()
    assert "orderflow-qa-loyalty" in dashboard["dashboard_body"]


def test_new_event_type_may_be_published_by_its_producer_only(plan: Plan) -> None:
    policies = resources(plan, "aws_iam_role_policy").items()
    allowed_functions = {address.split(".")[3] for address, policy in policies if "PointsGranted" in policy["policy"]}

    assert allowed_functions == {"loyalty"}
    (unknown_event_rule,) = [
        rule for rule in resources(plan, "aws_cloudwatch_event_rule").values() if rule["name"].endswith("unknown-event")
    ]
    assert "PointsGranted" in unknown_event_rule["event_pattern"]
