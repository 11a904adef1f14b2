"""Random and exhaustive histories of the real functions, with AWS services in memory and a simulated clock.

At every AWS call another invocation can continue, the call can fail or be repeated, or the process can be
killed. Module `invariants` checks each history at its end."""
