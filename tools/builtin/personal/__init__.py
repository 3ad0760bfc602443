"""Notes, tasks and reminders: what a person wants kept, done and brought up again."""
