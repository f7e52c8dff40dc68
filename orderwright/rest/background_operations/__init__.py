"""Resources of one background operation: extensions of ours."""
