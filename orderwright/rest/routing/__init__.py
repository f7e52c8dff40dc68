"""Actions on routing: which locations an order could ship from, and how far they are."""
