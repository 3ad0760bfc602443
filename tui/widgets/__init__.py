"""One widget per file; text of models and tools reaches them through ``safe`` only."""
