"""Teaching a trained model more: adapters (LoRA, Hu et al., 2021) beside weights that stay as they are."""
