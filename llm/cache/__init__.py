"""What was computed and is kept: keys and values in pages, windows, recurrent states, and prefixes.

Prefixes stay in memory and on disk.

Knows token ids and tensors; who asks for them, and how they were computed, is not its affair.
"""
