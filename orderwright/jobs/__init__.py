"""What happens later: background operations, asked for in the caller's transaction, safe to run twice."""
