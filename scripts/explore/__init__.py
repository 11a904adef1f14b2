"""Random and exhaustive histories of the real functions over AWS services in memory, on a simulated clock.

Every AWS call is a point where another invocation may go on, where the call may fail, be lost or be repeated, or where
the process may be killed. What must hold at the end of a history is in `invariants`."""
