"""Fuzzes the storefront API with schemathesis, by its OpenAPI document and by hooks for what that cannot express."""
