"""Calendars and address books on a server (CalDAV, CardDAV), and the copy of them that is kept here.

`accounts` names the servers, `messages` writes and reads their XML, `server` asks them over the guarded
network, `discovery` finds what they hold, `shelves` says how records of a kind are kept, `fetching` brings
the copy up to date and `sending` hands in what was changed here. Nothing here knows a tool.
"""
