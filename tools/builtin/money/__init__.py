"""What was spent, what may be spent, and what the bank says about it."""
