"""How well a model answers questions about videos, beside what it reaches without seeing them."""
