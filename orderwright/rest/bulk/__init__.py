"""Bulk jobs: many records at once, as files. Bulk API 2.0 below /jobs, the older API below /services/async."""
