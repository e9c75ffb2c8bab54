"""Chooses which frames to look at, each with the reason."""
