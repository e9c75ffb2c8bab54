"""What was measured before, kept so that it need not be measured again."""
