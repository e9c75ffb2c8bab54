"""Figures: first their numbers, then the drawing of them by matplotlib."""
