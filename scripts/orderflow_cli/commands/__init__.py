"""One module per command, with HELP, run(args) and, if the command takes arguments, configure(parser)."""
