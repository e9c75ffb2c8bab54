"""Models of our own: the drawn world that they learn from, and the trainer."""
