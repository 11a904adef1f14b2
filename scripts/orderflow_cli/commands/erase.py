"""`orderflow erase CUSTOMER`: erases a customer's personal data, and reports how long copies remain elsewhere."""

import argparse
import hashlib
import json
import os
from pathlib import Path

from orderflow_cli import console, times
from orderflow_cli.console import pluralize
from orderflow_cli.environments import Cloud, add_environment_options, connect, convert_aws_errors, require_write
from orderflow_cli.recovery import receipts
from orderflow_cli.recovery.erase import Order, erase, find_customer_orders, read_stores

HELP = "Erase a customer: their orders become tombstones without personal data."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Open orders, and those with a refund due, are skipped: run the command again when they have settled. "
        "Exit code 0: all erased; 1: some orders remain, as the output explains; 2: wrong usage."
    )
    parser.add_argument("customer", metavar="CUSTOMER", help="the customer's id, the `sub` of their tokens")
    parser.add_argument("--dry-run", action="store_true", help="print what would be erased, but erase nothing")
    parser.add_argument("--yes", action="store_true", help="skip the confirmation")
    parser.add_argument("--receipt", type=Path, metavar="FILE", help="receipt (default: new file in .local/receipts/)")
    add_environment_options(parser, writes=True)


def run(args: argparse.Namespace) -> int:
    if not args.dry_run:
        require_write(args)
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        orders = list(find_customer_orders(cloud, args.customer))
        erasable_orders = [order for order in orders if order.skip_reason is None]
        console.say(f"{pluralize(len(orders), 'order')} of this customer; {len(erasable_orders)} can be erased")
        unerased_order_messages = [f"{order.order_id}: {order.skip_reason}" for order in orders if order.skip_reason]
        question = f"Erase {pluralize(len(erasable_orders), 'order')} in {cloud.environment} permanently?"
        if erasable_orders and not args.dry_run and (args.yes or console.confirm(question)):
            unerased_order_messages += _erase(cloud, erasable_orders, args)
        elif erasable_orders:
            console.say("nothing was changed")
            unerased_order_messages += [order.order_id for order in erasable_orders]
        for message in unerased_order_messages:
            console.warn(f"not erased: {message}")
        rows = [("items of the orders table", "erased" if not unerased_order_messages else "see above")]
        for store in read_stores(cloud, times.now()):
            state = f"until {store.expires_at:%Y-%m-%d}" if store.expires_at else "no expiry: set a retention period"
            rows.append((store.name, state))
        console.table("Stores of the customer's data", ("store", "state"), rows)
        console.say("For each erased order, subscribers get OrderChanged with erased_at; they must erase their copies.")
        if args.json:
            console.emit(json.dumps({"orders": len(orders), "left": unerased_order_messages, "stores": dict(rows)}))
        return 1 if unerased_order_messages else 0


def _erase(cloud: Cloud, erasable_orders: list[Order], args: argparse.Namespace) -> list[str]:
    """Erase the orders and write a receipt line without personal data for each; return messages about changed ones."""
    file = args.receipt or receipts.default_file(args.environment, "erase")
    customer = hashlib.sha256(args.customer.encode()).hexdigest()
    changed_order_messages = []
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as receipt:
        for order in erasable_orders:
            is_erased = erase(cloud, order, times.now())
            line = {"at": times.rfc3339(times.now()), "environment": args.environment, "customer_sha256": customer}
            line |= {"order": order.order_id, "state": "erased" if is_erased else "changed"}
            receipt.write(json.dumps(line) + "\n")
            if not is_erased:
                changed_order_messages.append(f"{order.order_id}: it has changed; run the same command again")
    console.say(f"erased {pluralize(len(erasable_orders) - len(changed_order_messages), 'order')}; receipt: {file}")
    return changed_order_messages
