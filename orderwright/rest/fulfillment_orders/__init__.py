"""/commerce/fulfillment/fulfillment-orders: one file per action."""
