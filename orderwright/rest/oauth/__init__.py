"""Who asks: clients, tokens, and the check on every request."""
