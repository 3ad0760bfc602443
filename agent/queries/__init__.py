"""The look-ups and changes of the command line that are no runs."""
