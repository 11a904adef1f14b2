"""Random histories of the real functions, and rounds of orders with one hop unavailable in each."""

import json
import os
import subprocess
import sys

import pytest

from orderflow_cli import ROOT
from orderflow_cli.build import plans

HISTORY_COUNT = 2_000
MUTANTS = (
    "recorder: acknowledges",
    "relay: acknowledges",
    "finance: acknowledges",
    "warehouse: acknowledges",
    "customer_service: acknowledges",
    "OrderCancellationRequested in paid, rule 2",
    "OrderDelivered in shipped, rule 2",
    "RefundCompleted in placed, rule 3",
)


def explore(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the module in a separate process, because it replaces the clock with a simulated one."""
    plans.create_plans(["local"])
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT / 'lambdas'}"}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_invariants_hold_in_every_history(seed: str) -> None:
    result = explore("explore", "--seed", seed, "--histories", str(HISTORY_COUNT // 2), "--processes", "1")

    assert result.returncode == 0, result.stdout[-3_000:] + result.stderr[-2_000:]
    assert f"{HISTORY_COUNT // 2} histories, 0 with violations" in result.stdout


def test_invariants_hold_for_every_interleaving_and_fault() -> None:
    result = explore("explore", "--exhaustive", "10")

    assert result.returncode == 0, result.stdout[-3_000:] + result.stderr[-2_000:]
    assert ", 0 violations" in result.stdout


def test_mutants_are_detected() -> None:
    result = explore("explore", "--histories", "100", "--mutants", *MUTANTS)

    assert result.returncode == 0, result.stdout[-3_000:] + result.stderr[-2_000:]
    assert f"{len(MUTANTS)} mutants, {len(MUTANTS)} killed" in result.stdout
    assert "begins with misspelled" in explore("explore", "--mutants", MUTANTS[0], "misspelled").stderr


def test_no_order_is_lost_or_duplicated_while_any_hop_is_unavailable() -> None:
    result = explore("bench.fault_run", "--orders", "200", "--processes", "1")

    assert result.returncode == 0, result.stdout[-3_000:] + result.stderr[-2_000:]
    report = json.loads((ROOT / "reports" / "faults-run.json").read_text())
    assert report["accepted"] == report["settled_after_redrive"] > 150
    assert (report["lost"], report["cancelled_by_us"], report["violations"]) == (0, 0, [])
    assert report["failures"] > 1_000
