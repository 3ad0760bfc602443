"""Many requests, one model: who is served by which pass, and who holds memory.

Knows token ids and states; what a token means, or how it is chosen, is decided elsewhere.
"""
