"""Many requests in one."""
