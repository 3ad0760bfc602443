"""One file per command or group of commands; each has a ``command``."""
