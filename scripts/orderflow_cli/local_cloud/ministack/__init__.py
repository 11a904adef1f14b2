"""MiniStack, corrected where its behaviour differs from AWS's. It runs in its own virtual environment (see `emulator`).

The corrections require the locked MiniStack 1.5.33: most replace a function that MiniStack looks up at every call.
Each is tested in tests/integration/scripts/test_ministack.py, against AWS's documented behaviour, or in tests/e2e."""
