"""Measures, with pyperf, the CPU time that a new process takes to import a handler or a common alternative.

`python -m bench.cold FOLDER` takes pyperf's options; FOLDER contains the unzipped package of each function."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyperf  # type: ignore[import-untyped]

from explore.functions import VARIABLES_BY_FUNCTION

_CLIENT_CODE = "import boto3; boto3.client('sns', region_name='eu-west-1')"
_LOGGER_CODE = f"{_CLIENT_CODE}\nfrom aws_lambda_powertools import Logger; Logger(service='x')"
_IMPORTS_CODE = """
from aws_lambda_powertools import Metrics, Tracer
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent
from pydantic import BaseModel
class Order(BaseModel):
    order_id: str
Metrics(namespace='x'); Tracer(service='x', auto_patch=False)
DynamoDBPersistenceLayer(table_name='x', boto3_client=boto3.client('dynamodb', region_name='eu-west-1'))
"""
ALTERNATIVES = {"client and Logger": _LOGGER_CODE, "common imports": f"{_LOGGER_CODE}\n{_IMPORTS_CODE}"}
_ENVIRONMENT = {
    **{name: value for variables in VARIABLES_BY_FUNCTION.values() for name, value in variables.items()},
    **{"ENVIRONMENT": "bench", "POWERTOOLS_METRICS_NAMESPACE": "Orderflow"},
    **{"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"},
    **{"POWERTOOLS_TRACE_DISABLED": "true", "PATH": os.environ.get("PATH", "")},
}


def _measure_cpu_seconds(loops: int, source: str, folder: str) -> float:
    """Return the CPU time of `loops` processes that run `source`, with `folder`, if any, first in sys.path."""
    seconds = 0.0
    for _ in range(loops):
        code = f"import sys; sys.path[:0] = {[folder] if folder else []}\n{source}"
        child = subprocess.Popen([sys.executable, "-c", code], env=_ENVIRONMENT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"the exit status must be 0; got {child.returncode} for {source}")
        seconds += usage.ru_utime + usage.ru_stime
    return seconds or time.get_clock_info("process_time").resolution


def main() -> None:
    def add_folder(command: list[str], args: Any) -> None:
        command.append(args.folder)

    runner = pyperf.Runner(add_cmdline_args=add_folder, program_args=("-m", "bench.cold"))
    runner.argparser.add_argument("folder")
    folder = Path(runner.parse_args().folder)
    for function in sorted(path.name for path in folder.iterdir()):
        source = f"import {function}.handler"
        runner.bench_time_func(function, _measure_cpu_seconds, source, str(folder / function))
    for name, source in ALTERNATIVES.items():
        runner.bench_time_func(name, _measure_cpu_seconds, source, "")


if __name__ == "__main__":
    main()
