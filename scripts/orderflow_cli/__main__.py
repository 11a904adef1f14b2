"""Entry point of `orderflow`: what people use on a running system."""

import sys

from orderflow_cli import commands
from orderflow_cli.cli import CommandLine

ORDERFLOW = CommandLine(
    "orderflow",
    "Run and operate Orderflow.",
    commands,
    order=[
        "demo",
        "up",
        "down",
        "status",
        "studio",
        "trace",
        "redrive",
        "replay",
        "stream",
        "aws",
        "routes",
        "contracts",
        "package",
        "setup",
        "clean",
    ],
)

if __name__ == "__main__":
    sys.exit(ORDERFLOW.main())
