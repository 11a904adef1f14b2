"""What Terraform says about the system that it has just applied."""

from pathlib import Path

from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.e2e import plans


def test_second_plan_changes_nothing(cloud: LocalCloud, tmp_path: Path) -> None:
    assert plans.of_the_system(cloud, tmp_path) == []
