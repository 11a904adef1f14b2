"""Fuzzing of the storefront API from its own document: schemathesis with what it cannot know of this API."""
