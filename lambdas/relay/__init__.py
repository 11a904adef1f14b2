"""Publishes the changes of the orders table to the topic."""
