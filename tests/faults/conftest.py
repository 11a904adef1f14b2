"""The pipeline in an empty account of this process, with faults as each test needs them."""

from collections.abc import Callable, Iterator

import pytest

from bench.fault_run import account
from common.observability import metrics
from orderflow_cli.observe.invariants import check
from tests.harness.faults import Faults, Scripted
from tests.harness.system import System

Build = Callable[[Faults], System]


@pytest.fixture
def build() -> Iterator[Build]:
    with account():
        yield System
    metrics.clear_metrics()


@pytest.fixture
def system(build: Build) -> System:
    """One without any fault, until the test brings some."""
    return build(Scripted())


@pytest.fixture
def settled() -> Callable[[System, int], None]:
    """Asserts that so many orders were accepted, all are settled, and nothing contradicts anything."""

    def assert_settled(system: System, orders: int) -> None:
        report = check(system.snapshot())
        assert report.violations == []
        assert dict(report.dead_lettered) == {}
        assert (len(system.accepted), report.settled) == (orders, orders)

    return assert_settled
