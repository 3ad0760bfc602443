"""What a function that is to be a tool says of itself: its types, its docstring, its phrases."""
