"""What people say about days, clocks and stretches of time, read and said again.

`timewords` gives a text one spelling; `amounts`, `clocks`, `spans`, `weekdays` and `written_dates` read its
parts; `dates`, `times` and `periods` put them together; `moments` says the outcome.
Nothing here knows a tool.
"""
