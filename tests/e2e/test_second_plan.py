"""What Terraform says about the system that it has just applied."""

import json
from pathlib import Path

from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.toolchain import terraform
from tests.infra.support import plan_diff


def test_second_plan_changes_nothing_but_alarm_attributes_when_all_is_applied(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    plan = tmp_path / "second.tfplan"
    planned = terraform.run(cloud.root, "plan", "-input=false", f"-out={plan}", env=cloud.env())
    assert planned.returncode == 0, planned.stderr

    shown = terraform.run(cloud.root, "show", "-json", str(plan), env=cloud.env())

    changes = plan_diff.unexpected(json.loads(shown.stdout), plan_diff.emulator_differences())
    assert [str(change) for change in changes] == []
