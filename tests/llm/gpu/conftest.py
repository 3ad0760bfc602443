"""Triton decides at its import whether kernels are compiled or interpreted, so interpreted ones have a
process of their own: `interpreted/` is collected there alone.
"""

import os

collect_ignore_glob = [] if os.environ.get("TRITON_INTERPRET") == "1" else ["interpreted/*"]
