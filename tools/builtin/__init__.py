"""The tools that come with Homewit, one module per family.

`catalogue` lists them, `apart` names those that run in processes of their own. Imports nothing, so that one
tool can be called without the modules of all others.
"""
