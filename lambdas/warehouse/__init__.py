"""Reserves the stock of an order or none of it, ships what is paid, and puts back what is cancelled."""
