"""Imports a function's handler anew, as a cold start in Lambda does, with the current environment variables."""

import importlib
import sys
from collections.abc import Callable
from typing import Any

from common.aws import discard_clients

type Handler = Callable[[dict[str, Any], Any], Any]


def import_handler(function: str) -> Handler:
    """Import `<function>.handler` again, so that it reads its settings and creates its clients anew."""
    discard_clients()
    sys.modules.pop(f"{function}.handler", None)
    handler: Handler = importlib.import_module(f"{function}.handler").handler
    return handler
