"""Pytest hooks that apply to all tests."""

import os

import pytest

from dev.evidence import page
from orderflow_cli import UserError


def pytest_configure() -> None:
    """Keep tests, and the processes they start, from reaching the AWS account of whoever runs them."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add each test's claims to its report, where they count once the test has passed."""
    rows = page.rows()
    try:
        for item in items:
            for mark in item.iter_markers("proves"):
                claims = [page.claim(row, mark.kwargs.get("by", ""), item.nodeid, rows) for row in mark.args or ("",)]
                item.user_properties.extend(map(page.junit_property, claims))
    except UserError as problem:
        raise pytest.UsageError(str(problem)) from None
