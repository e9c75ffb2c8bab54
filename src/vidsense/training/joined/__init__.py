"""nano's road with real parts: a frozen encoder, a frozen language model, and what is trained between them."""
