"""/commerce/order-management/order-summaries: one file per action."""
