"""Many videos at once: accounts in rows that survive crashes, and questions over all of them."""
