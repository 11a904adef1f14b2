"""MiniStack with corrections where its behaviour differs from AWS; run by MiniStack's own Python (see `emulator`).

Bound to the locked MiniStack 1.5.33: each correction replaces a function that MiniStack looks up when it is called, and
tests/integration/scripts/test_ministack.py holds it to what AWS does, or tests/e2e by needing it."""
