"""What should happen: pure functions, one verb per file. Frozen records in, a `Decision` out."""
