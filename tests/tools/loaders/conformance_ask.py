"""What the MCP conformance suite starts as the client: hands the work to a process that has all of it loaded.

Arguments: the socket of that process, and the address that the suite appends. Imports next to nothing.
"""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as line:
    line.connect(sys.argv[1])
    line.sendall(json.dumps([sys.argv[2], dict(os.environ)]).encode() + b"\n")
    sys.exit(int(line.makefile().readline() or 1))
