"""What needs the consent of the user, how it is asked for, and what was allowed for longer than once."""
