"""Fuzzing of the storefront API: schemathesis, with the API's document and what the document does not say."""
