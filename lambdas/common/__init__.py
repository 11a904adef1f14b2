"""Code that functions share: settings, logs, metrics, AWS clients, HTTP, publishing, quarantine, batches and orders.

No module here depends on a function; only `order_changes` depends on an event type: OrderChanged."""
