"""Native kernels for decoding on a CPU: plain C on raw pointers, opened with ctypes.

Built when Homewit is installed and a C compiler is there, never later. PyTorch computes the same without
them, and is what the tests compare them with. `library.py` opens the build, `matrix.py` holds weights for it.
"""
