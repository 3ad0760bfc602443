"""The terminal side of Homewit: a command line, a full-screen chat and a line mode, all clients of one host
process.

Knows the events and the requests, and nothing of models, tools or storage.
"""
