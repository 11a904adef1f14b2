"""Publishes the changes to the orders table to the topic."""
