"""Code shared by all functions: settings, logs and metrics, AWS clients, publishing, quarantine and batches.

Nothing in here knows a function; `order_changes` alone knows an event type, the one that every consumer reads."""
