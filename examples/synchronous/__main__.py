"""Runs the old application and, with `--new`, the migration proxy: `python3 -m examples.synchronous`."""

import argparse
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from examples.synchronous.migration_proxy import MigrationProxy
from examples.synchronous.services import SERVICE_NAMES, Service
from examples.synchronous.shop import Shop

ROUTES_PATH = Path(__file__).with_name("routes.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m examples.synchronous", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="port to listen on (default 8080)")
    parser.add_argument("--slow", metavar="SERVICE=SECONDS", action="append", default=[], help="delay a service")
    parser.add_argument("--down", choices=SERVICE_NAMES, action="append", default=[], help="make a service return 503")
    parser.add_argument("--new", metavar="URL", help="URL of the new application's storefront API")
    parser.add_argument(
        "--routes",
        type=Path,
        default=ROUTES_PATH,
        help="file like routes.json (the default): the new application's percentage of customers by route and channel",
    )
    args = parser.parse_args()
    services = {name: Service(name, is_down=name in args.down) for name in SERVICE_NAMES}
    for name, _, seconds in (text.partition("=") for text in args.slow):
        services[name].delay_seconds = float(seconds)

    with ExitStack() as stack:
        urls = {name: stack.enter_context(service.serve()).url for name, service in services.items()}
        shop = Shop(urls)
        server = stack.enter_context(shop.serve(0 if args.new else args.port))
        if args.new:
            server = stack.enter_context(MigrationProxy(server.url, args.new, args.routes).serve(args.port))
        sys.stdout.write(f"Send orders to {server.url}/orders. The services are {urls}. Press Ctrl-C to stop.\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
