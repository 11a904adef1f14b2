"""What holds for all tests."""

import tests.support.patience  # noqa: F401 - importing it is its effect
