"""Fuzzes the storefront API with schemathesis: its OpenAPI document, plus hooks for what it cannot express."""
