"""The page's process: `python -m orderflow_cli.studio --port 4569`. `make up` starts it and `make down` stops it."""

import argparse
import sys

from orderflow_cli.environments import add_environment, as_user_errors, connect
from orderflow_cli.studio.serving import serve


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve the page on loopback.")
    parser.add_argument("--port", type=int, required=True)
    add_environment(parser)
    args = parser.parse_args()
    with as_user_errors():
        serve(connect(args.environment, args.project), args.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
