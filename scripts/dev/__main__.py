"""Entry point of `scripts/orderflow-dev`, the command for developers."""

import sys

from dev import commands
from orderflow_cli.cli import CommandLine

ORDERFLOW_DEV = CommandLine("orderflow-dev", "Test and scan Orderflow's code, and generate files from it.", commands)

if __name__ == "__main__":
    sys.exit(ORDERFLOW_DEV.main())
