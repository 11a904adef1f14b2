"""Dead-letter messages: where they are (`sources`), what one is (`messages`), and reading them (`reading`)."""
