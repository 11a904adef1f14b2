"""Ends the waiting for payment: on a schedule, the provider is asked about orders whose time is over."""
