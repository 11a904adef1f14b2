"""Fuzzes the storefront API with schemathesis, from the OpenAPI document; hooks set each request's customer."""
