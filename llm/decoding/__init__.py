"""From final states to tokens of an answer: choice, grammar, guesses, thoughts and stops of one request."""
