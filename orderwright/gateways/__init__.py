"""Who moves money: one small protocol, one module per provider, and a simulator."""
