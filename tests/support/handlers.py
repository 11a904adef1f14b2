"""Loads the handler of a function the way Lambda does: fresh, with the environment as it is now."""

import importlib
import sys
from collections.abc import Callable
from typing import Any

from common.aws import forget_clients

type Handler = Callable[[dict[str, Any], Any], Any]


def fresh_handler(function: str) -> Handler:
    """Import `<function>.handler` anew, so that it reads its settings and makes its clients again."""
    forget_clients()
    sys.modules.pop(f"{function}.handler", None)
    handler: Handler = importlib.import_module(f"{function}.handler").handler
    return handler
