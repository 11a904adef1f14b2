"""Dead-letter messages: their sources (`sources`), their contents (`messages`), and how to read them (`reading`)."""
