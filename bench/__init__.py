"""`make bench`: an order-to-cash lifecycle over HTTP, beside what PostgreSQL itself reaches. See docs/benchmark.md."""
