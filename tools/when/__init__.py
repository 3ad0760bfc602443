"""What people say about days, clocks and stretches of time, read and said again.

`timewords` gives a text one spelling; `amounts`, `clocks`, `spans`, `weekdays` and `written_dates` read its
parts; `dates`, `times`, `periods` and `appointments` put them together. `repeating` reads what comes again,
`following` finds when, and `recurrence` makes cron of it; `said_times` and `readable` find the time in a
sentence. `wall` knows what clocks do when they are put forward and back. `moments` says the
outcome. Nothing here knows a tool.
"""
