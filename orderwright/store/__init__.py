"""What is remembered: PostgreSQL, SQL in plain sight."""
