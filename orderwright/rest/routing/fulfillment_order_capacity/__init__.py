"""Actions on the capacity of locations: how many fulfillment orders each can still take."""
