"""Code shared by all functions: settings, logs and metrics, AWS clients, publishing, quarantine and batches.

No module here depends on a function; only `order_changes` depends on an event type: OrderChanged."""
