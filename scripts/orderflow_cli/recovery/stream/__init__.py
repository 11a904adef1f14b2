"""Enables, disables or replaces the stream of the orders table while orders keep coming in.

The recorder, the only function that writes orders, is paused, so that the intake queue keeps the events; the readers
read to the end; then the stream is replaced. Terraform attaches the readers to the start of the new stream, and the
recorder resumes. A run reads from AWS where an earlier run stopped (`state`), and continues from there (`change`)."""
