"""Enables, disables or replaces the stream of the orders table while orders keep coming in.

The recorder, the only writer, is paused, so that the intake queue keeps the orders; the readers read to the end; then
the stream is replaced. Terraform attaches the readers to the new stream from its start, and the recorder goes on. Where
a run stopped is read from AWS itself (`state`), so that the next one goes on from there (`toggle`)."""
