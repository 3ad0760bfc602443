"""How the bundled model is made: generated text, a tokenizer, a training loop, and an honest evaluation.

Run it with ``python -m homewit.llm.training``. Nothing here is imported when Homewit runs.
"""
