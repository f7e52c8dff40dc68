"""Asks gateways for money and records what they say; for the API, for jobs, and for the commands of people."""
