"""One module per request body of a client."""
