"""How tools get in: Homewit's own, Python code of others, and definitions that are plain data.

Homewit's own are known before their code is imported (`own_tools`). Code of others is imported by a worker
(`python`). Every other kind of source gives a `definition`; the approved ones are pinned in one file
(`sources`), and are all that models and the policy see: no source is contacted before one of its tools runs.
"""
