"""Tools that come from outside: what was approved of them, and how they are called.

Each kind of source gives definitions as plain data (`definition`). The approved ones are pinned in one file
(`sources`), and are all that models and the policy see: no source is contacted before one of its tools runs.
"""
