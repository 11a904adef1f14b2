"""Builds the deployment packages that run on the local cloud and on AWS."""
