"""Records by object name: create, read, change, describe."""
