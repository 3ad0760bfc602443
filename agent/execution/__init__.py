"""Carries a plan out: what can run, the values it gets, the calls, and what came of them."""
