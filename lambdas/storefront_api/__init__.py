"""The HTTP API of website and mobile app: places, shows and cancels orders. Specified in generated/openapi.json."""
