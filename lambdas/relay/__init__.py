"""Publishes every change to an order's public fields to the topic."""
