"""The payment provider and the carrier of the local cloud; they listen on loopback only and are never deployed."""
