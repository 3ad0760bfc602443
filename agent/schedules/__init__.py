"""Requests that are carried out later: once, or again and again.

What is due is decided by pure functions (`triggers`, `due`); what becomes of it is a run like any other
(`firing`). Who asks, and when, is the scheduler's business, a client of the host.
"""
