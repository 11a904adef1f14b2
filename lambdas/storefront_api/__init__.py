"""The HTTP API of website and mobile app: takes orders and shows them. Its document is generated/openapi.json."""
