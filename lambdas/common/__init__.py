"""What every function shares: settings, logs and metrics, AWS clients, publishing, quarantine and batches.

Nothing in here knows a function or an event type of its own.
"""
