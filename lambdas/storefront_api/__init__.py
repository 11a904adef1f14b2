"""The HTTP API for the website and the mobile app: places, shows and cancels orders. See generated/openapi.json."""
