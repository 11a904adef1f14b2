"""One module per client request body."""
