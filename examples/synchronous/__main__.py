"""Runs the old application and, with `--new`, the front door of both: `python3 -m examples.synchronous`."""

import argparse
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from examples.synchronous.front_door import FrontDoor
from examples.synchronous.services import SERVICE_NAMES, Service
from examples.synchronous.shop import Shop

FLAGS = Path(__file__).with_name("routes.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m examples.synchronous", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="port of the shop or the front door (default 8080)")
    parser.add_argument("--slow", metavar="SERVICE=SECONDS", action="append", default=[], help="delay a service")
    parser.add_argument("--down", choices=SERVICE_NAMES, action="append", default=[], help="let a service return 503")
    parser.add_argument("--new", metavar="URL", help="URL of the storefront API that takes over")
    parser.add_argument("--flags", type=Path, default=FLAGS, help=f"percentages by channel (default {FLAGS.name})")
    args = parser.parse_args()
    services = {name: Service(name, down=name in args.down) for name in SERVICE_NAMES}
    for name, _, seconds in (text.partition("=") for text in args.slow):
        services[name].delay_seconds = float(seconds)

    with ExitStack() as stack:
        urls = {name: stack.enter_context(service.serve()).url for name, service in services.items()}
        shop = Shop(urls)
        server = stack.enter_context(shop.serve(0 if args.new else args.port))
        if args.new:
            server = stack.enter_context(FrontDoor(server.url, args.new, args.flags).serve(args.port))
        sys.stdout.write(f"POST {server.url}/orders; the services: {urls}. Press Ctrl-C to stop.\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
