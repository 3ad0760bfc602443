"""The short form that the bundled model reads and writes: its text, its grammar and how it is read back."""
