"""The grammar under which a model writes a plan, so that an invalid one cannot be written."""
