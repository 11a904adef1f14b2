"""Publishes every public change in the orders table to the topic."""
