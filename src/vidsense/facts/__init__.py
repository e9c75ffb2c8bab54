"""What is measured, without any language model."""
