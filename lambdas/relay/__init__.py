"""Publishes every change of the orders table to the topic."""
