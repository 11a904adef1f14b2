"""Turns the changes of the orders table into messages on the topic."""
