"""Loads the real functions once per process; the current history provides their clock, sleep function and clients."""

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

type Handler = Callable[[dict[str, Any], Any], Any]

VARIABLES_BY_FUNCTION: Mapping[str, Mapping[str, str]] = {
    "storefront_api": {
        **{"BUS_NAME": "bus", "ORDERS_TABLE": "orders"},
        **{"CLAIMS_TABLE": "claims", "IDENTITY_SOURCE": "jwt"},
    },
    "webhooks": {"BUS_NAME": "bus", "WEBHOOK_SECRET_ID": "webhooks"},
    "payment_deadline": {"BUS_NAME": "bus", "ORDERS_TABLE": "orders"},
    "recorder": {
        **{"ORDERS_TABLE": "orders", "PAYMENT_TERM_SECONDS": "1800", "ORDER_RETENTION_DAYS": "400"},
        **{"DEAD_LETTER_QUEUE_URL": "function/recorder"},
    },
    "relay": {"TOPIC_ARN": "topic", "FAILURE_BUCKET": "bucket/relay"},
    "finance": {"BUS_NAME": "bus", "LEDGER_TABLE": "ledger", "DEAD_LETTER_QUEUE_URL": "function/finance"},
    "warehouse": {"BUS_NAME": "bus", "STOCK_TABLE": "stock", "DEAD_LETTER_QUEUE_URL": "function/warehouse"},
    "customer_service": {
        **{"CASES_TABLE": "cases", "NOTICES_TOPIC_ARN": "notices"},
        **{"DEAD_LETTER_QUEUE_URL": "function/customer_service"},
    },
}
"""Environment variables by function; payment term and retention are those of production."""


class Clock:
    """Replaces the functions' clock, sleep function and random numbers with those of `world`, the current history."""

    world: Any = None

    def time(self) -> float:
        return float(self.world.now)

    def uniform(self, low: float, high: float) -> float:
        return float(self.world.rng.uniform(low, high))

    def sample(self, population: Any, k: int) -> Any:
        return self.world.rng.sample(population, k)

    def utc_now(self) -> datetime:
        return datetime.fromtimestamp(self.world.now, UTC)

    def sleep(self, seconds: float) -> None:
        self.world.pause(seconds)


CLOCK = Clock()


class Client:
    """A function's client for one AWS service; every call goes to the current history."""

    def __init__(self, function: str, service: str) -> None:
        self._function = function
        self._service = service
        self.meta = SimpleNamespace(endpoint_url="https://sqs.invalid")

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            return CLOCK.world.call(self._function, self._service, operation, arguments)

        return call


class ConcurrentPool:
    """Replaces a thread pool: its calls run concurrently in the history."""

    def __init__(self, _workers: int) -> None:
        pass

    def __enter__(self) -> "ConcurrentPool":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map[Item](self, call: Callable[[Item], Any], items: Iterable[Item]) -> list[Any]:
        results: list[Any] = CLOCK.world.run_concurrently([partial(call, item) for item in items])
        return results


def load() -> dict[str, Handler]:
    """Import the handlers of VARIABLES_BY_FUNCTION. Must run before the process imports anything from `lambdas`."""
    with (
        mock.patch("time.time", CLOCK.time),
        mock.patch("time.monotonic", CLOCK.time),
        mock.patch("time.sleep", CLOCK.sleep),
        mock.patch("random.SystemRandom", return_value=CLOCK),
        mock.patch("concurrent.futures.ThreadPoolExecutor", ConcurrentPool),
    ):
        times: Any = importlib.import_module("contracts.times")
        times.utc_now = CLOCK.utc_now
        _redirect_observability(importlib.import_module("common.observability"))
        handlers = {function: _import_handler(function) for function in VARIABLES_BY_FUNCTION}
    deadline_module: Any = importlib.import_module("payment_deadline.handler")
    deadline_module.random = CLOCK
    return handlers


def uncached(handlers: dict[str, Handler]) -> dict[str, Handler]:
    """Return the handlers with `webhooks` imported again, without cached secrets, unless that would undo a mutation."""
    is_mutated = handlers["webhooks"].__module__ != "webhooks.handler"
    return handlers if is_mutated else {**handlers, "webhooks": _import_handler("webhooks")}


def load_recorder_for_restored_table(*, rebuilding: bool) -> Handler:
    return _import_handler("recorder", RESTORED_SUFFIX="2", REBUILDING=str(rebuilding))


def _import_handler(function: str, **overrides: str) -> Handler:
    sys.modules.pop(f"{function}.handler", None)
    variables = {"ENVIRONMENT": "explore", "POWERTOOLS_METRICS_NAMESPACE": "Orderflow", **overrides}
    variables |= VARIABLES_BY_FUNCTION[function]
    clients = partial(Client, function)
    with mock.patch.dict(os.environ, variables), mock.patch("common.aws._client", clients):
        handler: Handler = importlib.import_module(f"{function}.handler").handler
    return handler


def _redirect_observability(observability: Any) -> None:
    """Replace logs and metrics, which take most of a handler's time, with the history's trace and counters."""
    observability.observe_handler = lambda handler: handler
    observability.metrics.add_metric = lambda name, unit, value: None
    observability.metric_sums = SimpleNamespace(update=lambda counts: CLOCK.world.metrics.update(**counts))
    logger = observability.logger
    for name in ("debug", "info", "warning", "error"):
        setattr(logger, name, lambda message, *_, **fields: CLOCK.world.log(message, fields.get("extra")))
