"""A seeded world of short drawn videos with exact labels: what a small model can learn completely."""
