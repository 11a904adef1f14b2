"""Serves the page until it is stopped."""

import secrets
from collections.abc import Callable

import uvicorn

from orderflow_cli.environments import Cloud
from orderflow_cli.local_cloud.detached import HOST
from orderflow_cli.studio.app import make
from orderflow_cli.studio.watch import Watch


def serve(cloud: Cloud, port: int, say: Callable[[], None] = lambda: None) -> None:
    """`say` is called once everything that the page begins with is read."""
    app = make(Watch(cloud), port, secrets.token_urlsafe(32))
    say()
    uvicorn.run(app, host=HOST, port=port, log_level="warning", timeout_graceful_shutdown=2, server_header=False)
