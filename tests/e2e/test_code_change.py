"""Who changes the code of one function deploys it, as a new version that its alias points to, and nothing else."""

from pathlib import Path

from orderflow_cli.build import package
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.support.environment_copy import copied

CHANGED = "relay"


def test_plan_changes_that_function_only_when_its_code_changed(cloud: LocalCloud, tmp_path: Path) -> None:
    root = copied(cloud, tmp_path)
    source = tmp_path / "lambdas" / CHANGED / "transform.py"
    source.write_text(source.read_text() + "\nCHANGED = True\n")
    package.build(lambdas=tmp_path / "lambdas", dist=tmp_path / "dist", records=tmp_path / "records")

    # Over the state of the running system; every zip was built anew, in another folder.
    changes = {change.address: change for change in root.changes("-refresh=false")}

    module = f"module.pipeline.module.{CHANGED}"
    function, alias = f"{module}.aws_lambda_function.this", f"{module}.aws_lambda_alias.live"
    assert set(changes) == {f'module.pipeline.aws_s3_object.package["{CHANGED}"]', function, alias}
    assert {change.actions for change in changes.values()} == {("update",)}
    assert "source_code_hash" in changes[function].attributes
    computed = {"last_modified", "qualified_arn", "qualified_invoke_arn", "s3_object_version", "version"}
    assert changes[function].attributes <= {"source_code_hash", *computed}
    assert changes[alias].attributes == {"function_version"}
