"""A rollback from a broken version takes effect immediately, survives an apply and ends when the code changes."""

import uuid
from pathlib import Path

from orderflow_cli.build import package
from orderflow_cli.commands import rollback
from orderflow_cli.demo import storefront
from orderflow_cli.environments import Cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.e2e.conftest import Shop
from tests.support.environment_copy import copy_environment

FUNCTION = "storefront_api"
EXPECTED_CHANGES = [
    f'update module.pipeline.aws_s3_object.package["{FUNCTION}"]',
    *(f"update module.pipeline.module.{FUNCTION}.aws_lambda_{name}" for name in ("alias.live", "function.this")),
]


def request_missing_order(shop: Shop) -> int:
    """Return the HTTP status of a request for an order that does not exist."""
    path = f"/orders/ord_{'a' * 26}"
    return storefront.request("GET", f"{shop.url}{path}", {"X-Customer-Id": "customer-rollback"}).status


def test_function_runs_the_old_version_until_its_code_changes(cloud: LocalCloud, shop: Shop, tmp_path: Path) -> None:
    root, environment = copy_environment(cloud, tmp_path), Cloud("local", cloud.client)
    handler = tmp_path / "lambdas" / FUNCTION / "handler.py"
    broken_handler = f"def handler(event, context):\n    raise RuntimeError('{uuid.uuid4()}')\n"
    handler.write_text(f"{handler.read_text()}\n{broken_handler}")
    package.build(lambdas_folder=tmp_path / "lambdas", dist=tmp_path / "dist", records_folder=tmp_path / "records")
    try:
        root.apply("-refresh=false")
        assert request_missing_order(shop) >= 500

        versions_while_broken = rollback.read(environment, FUNCTION)
        rollback.move_alias(environment, versions_while_broken, versions_while_broken.choose(None))
        assert request_missing_order(shop) == 404
        assert root.changes() == []
    finally:
        applied_changes = cloud.apply(force=True)

    final_versions = rollback.read(environment, FUNCTION)
    assert sorted(applied_changes) == EXPECTED_CHANGES
    assert final_versions.live_version == max(final_versions.publish_times) == versions_while_broken.live_version + 1
    assert request_missing_order(shop) == 404
