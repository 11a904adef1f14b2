"""One module per command: HELP, run(args) and, where it takes arguments, configure(parser)."""
