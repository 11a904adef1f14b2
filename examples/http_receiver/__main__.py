"""`python -m examples.http_receiver --topic <ARN> [--topic <ARN> ...]`"""

import argparse
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from examples.http_receiver.certificates import Certificates, open_https
from examples.http_receiver.inbox import Inbox
from examples.http_receiver.messages import topic_region
from examples.http_receiver.receive import Receiver, Rules
from examples.http_receiver.server import HOST, serve
from examples.http_receiver.verify import VERSIONS


def main() -> int:
    args = _arguments()
    rules = Rules(
        topics=frozenset(args.topic),
        versions=frozenset({"2"}) if args.sha256_only else VERSIONS,
        raw=args.raw,
        emulator=args.unsigned_from,
    )
    visit = open_https if args.unsigned_from is None else _open_loopback
    inbox = Inbox(args.inbox)
    server = serve(Receiver(rules, Certificates(open_https, _now), inbox, visit, _now), args.port)
    print(f"http://{HOST}:{server.server_address[1]}", flush=True)  # noqa: T201
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
        inbox.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Receives messages of topics over HTTP, each once, and only from SNS.")
    parser.add_argument("--topic", action="append", required=True, type=_topic_arn, help="ARN of a topic; repeatable")
    parser.add_argument("--port", type=int, default=8090, help="port on 127.0.0.1 (default 8090; 0: a free port)")
    parser.add_argument("--inbox", type=Path, default=Path("inbox.sqlite"), help="file that stores the messages")
    parser.add_argument("--sha256-only", action="store_true", help="refuse signatures of version 1 (SHA-1)")
    parser.add_argument("--raw", action="store_true", help="accept raw deliveries, which are unsigned")
    parser.add_argument(
        "--unsigned-from",
        type=_loopback_url,
        metavar="URL",
        help="URL of an emulator on this machine, which does not sign, such as http://127.0.0.1:4566",
    )
    return parser.parse_args()


def _topic_arn(text: str) -> str:
    try:
        topic_region(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _loopback_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost"} or parts.path or parts.query:
        raise argparse.ArgumentTypeError(f"must be http://127.0.0.1:<port> or http://localhost:<port>; got {text!r}")
    return text


def _open_loopback(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=5) as response:
        body: bytes = response.read()
    return body


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
