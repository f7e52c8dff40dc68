"""`make bench`: an order-to-cash lifecycle, inventory and routing, each beside its like. See docs/benchmark.md."""
