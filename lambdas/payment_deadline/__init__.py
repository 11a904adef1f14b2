"""Ends the waiting for payment: on a schedule, orders whose time is over become PaymentDeadlinePassed events."""
