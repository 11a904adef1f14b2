"""The zips that run on the local cloud and on AWS."""
