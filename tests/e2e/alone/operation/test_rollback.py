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

BROKEN = "storefront_api"
CHANGED = [
    f'update module.pipeline.aws_s3_object.package["{BROKEN}"]',
    *(f"update module.pipeline.module.{BROKEN}.aws_lambda_{what}" for what in ("alias.live", "function.this")),
]


def status_of_missing_order(shop: Shop) -> int:
    """Return the status of a request for an order that does not exist."""
    path = f"/orders/ord_{'a' * 26}"
    return storefront.request("GET", f"{shop.url}{path}", {"X-Customer-Id": "customer-rollback"}).status


def test_function_runs_the_old_version_until_its_code_changes(cloud: LocalCloud, shop: Shop, tmp_path: Path) -> None:
    root, environment = copy_environment(cloud, tmp_path), Cloud("local", cloud.client)
    handler = tmp_path / "lambdas" / BROKEN / "handler.py"
    broken_handler = f"def handler(event, context):\n    raise RuntimeError('{uuid.uuid4()}')\n"
    handler.write_text(f"{handler.read_text()}\n{broken_handler}")
    package.build(lambdas=tmp_path / "lambdas", dist=tmp_path / "dist", records=tmp_path / "records")
    try:
        root.apply("-refresh=false")
        assert status_of_missing_order(shop) >= 500

        broken = rollback.read(environment, BROKEN)
        rollback.move(environment, broken, broken.choose(None))
        assert status_of_missing_order(shop) == 404
        assert root.changes() == []
    finally:
        applied = cloud.apply(force=True)

    after = rollback.read(environment, BROKEN)
    assert sorted(applied) == CHANGED
    assert after.live == max(after.published) == broken.live + 1
    assert status_of_missing_order(shop) == 404
