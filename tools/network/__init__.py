"""Which addresses may be asked, and what an answer may be; `net.py`, which connects, keeps to it."""
