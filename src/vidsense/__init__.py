"""Local video understanding."""
