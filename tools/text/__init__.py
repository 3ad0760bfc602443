"""Which characters a text is made of, and how a line of it is worded. Knows no tool."""
