"""Measures the local cloud's requests per second, compared with an empty handler, and its CPU time per order."""

import io
import os
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.load import CONCURRENCY, TIMEOUT_SECONDS_PER_ORDER, LoadRun
from orderflow_cli import console
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.toolchain.processes import group_members

if TYPE_CHECKING:
    from bench.groups import Figures

MEASUREMENT_SECONDS = 8.0
MAX_SECONDS_UNTIL_IDLE = 120.0
MAX_ATTEMPTS = 4
_API_NAME = "bench-empty"
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def measure(rounds: int, order_counts: Sequence[int]) -> "Figures":
    from bench.groups import Figure

    cloud = LocalCloud()
    cloud.start_and_apply()
    load = LoadRun(cloud)
    warm_up_orders = load.orders(8, 1)
    load.set_scenario(warm_up_orders, "capture")
    (response, *_) = load.place_orders(warm_up_orders)
    load.wait_until_idle(MAX_SECONDS_UNTIL_IDLE)
    lookup_rates, empty_handler_rates = [], []
    headers = {"X-Customer-Id": warm_up_orders[0].customer_id}
    with _empty_api(cloud) as url:
        for _ in range(max(3, rounds)):
            lookup_rates.append(_requests_per_second(f"{load.url}/orders/{response.document['order_id']}", headers))
            empty_handler_rates.append(_requests_per_second(url, {}))
    figures = {"cloud/requests": Figure(lookup_rates, empty_handler_rates)}
    milliseconds = [_cpu_milliseconds_per_order(cloud, count, number) for number, count in enumerate(order_counts, 2)]
    note = ", ".join(f"{cpu:.0f} ms for {n:,} orders" for n, cpu in zip(order_counts, milliseconds, strict=True))
    figures["cloud/order"] = Figure([milliseconds[-1]], [milliseconds[0]], note)
    return figures


@contextmanager
def _empty_api(cloud: LocalCloud) -> Iterator[str]:
    """Create a handler that only returns 202, behind a separate HTTP API; yield the URL."""
    lambda_client, gateway_client, code = cloud.client("lambda"), cloud.client("apigatewayv2"), io.BytesIO()
    relay_name = cloud.outputs()["functions"]["relay"]["name"]
    with zipfile.ZipFile(code, "w") as content:
        content.writestr("app.py", "def main(event, context):\n    return {'statusCode': 202, 'body': '{}'}\n")
    role = lambda_client.get_function(FunctionName=relay_name)["Configuration"]["Role"]
    function = lambda_client.create_function(
        FunctionName=_API_NAME, Runtime="python3.13", Role=role, Handler="app.main", Code={"ZipFile": code.getvalue()}
    )
    api_id = gateway_client.create_api(Name=_API_NAME, ProtocolType="HTTP")["ApiId"]
    integration_id = gateway_client.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function["FunctionArn"], PayloadFormatVersion="2.0"
    )["IntegrationId"]
    gateway_client.create_route(ApiId=api_id, RouteKey="$default", Target=f"integrations/{integration_id}")
    gateway_client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    try:
        yield f"{cloud.http_api_url(api_id)}/"
    finally:
        gateway_client.delete_api(ApiId=api_id)
        lambda_client.delete_function(FunctionName=_API_NAME)


def _requests_per_second(url: str, headers: dict[str, str]) -> float:
    """Return the number of requests answered per second, with four at a time."""
    deadline = time.monotonic() + MEASUREMENT_SECONDS

    def send_until_deadline(_: int) -> int:
        count = 0
        while time.monotonic() < deadline:
            request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the local cloud
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                response.read()
            count += 1
        return count

    start = time.monotonic()
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        request_count = sum(pool.map(send_until_deadline, range(CONCURRENCY)))
    return request_count / (time.monotonic() - start)


def _cpu_milliseconds_per_order(cloud: LocalCloud, count: int, random_seed: int) -> float:
    """Return the CPU milliseconds per order that the emulator, functions and simulators use until they are idle."""
    load = LoadRun(cloud)
    orders = load.orders(count, random_seed)
    load.set_scenario(orders, "capture")
    with console.step(f"{count:,} orders") as progress:
        initial_cpu_seconds = _cpu_seconds(cloud)
        unaccepted_orders = orders
        for _ in range(MAX_ATTEMPTS):  # like clients, repeat orders without a 202 with the same key
            load.place_orders(unaccepted_orders)
            unaccepted_orders = [order for order in orders if order.order_id not in load.accepted_ids]
        seconds = MAX_SECONDS_UNTIL_IDLE + TIMEOUT_SECONDS_PER_ORDER * count
        became_idle = load.wait_until_idle(seconds, lambda text: setattr(progress, "detail", text))
        cpu_seconds = _cpu_seconds(cloud) - initial_cpu_seconds
    problems = [*([] if became_idle else ["still busy"]), *load.report().violations, *load.new_dead_letter_counts()]
    settled_count = load.settled_count()
    if unaccepted_orders or problems or settled_count != count:
        raise RuntimeError(f"{len(unaccepted_orders)} not accepted, {settled_count} of {count} settled: {problems[:5]}")
    return cpu_seconds * 1_000 / count


def _cpu_seconds(cloud: LocalCloud) -> float:
    """Return the CPU seconds used by the emulator, workers and simulators, including terminated children."""
    emulator = cloud.process()
    group_leader_pids = [emulator.pid if emulator else None, *cloud.simulators.process_ids().values()]
    member_pids = [pid for leader_pid in group_leader_pids if leader_pid for pid in group_members(leader_pid)]
    # Fields 14 to 17: user and system time of the process, then of its terminated children.
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15] for pid in member_pids]
    return sum(int(ticks) for times in fields for ticks in times) / _TICKS_PER_SECOND
