"""Around a plan: why sites stay closed and enterprises unserved, the frontier, alternatives, robustness."""
