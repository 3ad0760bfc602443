"""Extraction: a step that takes typed values out of a text by others. ``tool`` is what a plan calls,
``reading`` does it.
"""
