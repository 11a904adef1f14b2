"""Entry point of `scripts/orderflow-dev`, the command for developers."""

import sys

from dev import commands
from orderflow_cli.cli import CommandLine

ORDERFLOW_DEV = CommandLine("orderflow-dev", "Test, scan and generate Orderflow's sources.", commands)

if __name__ == "__main__":
    sys.exit(ORDERFLOW_DEV.main())
