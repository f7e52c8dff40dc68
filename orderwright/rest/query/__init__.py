"""SOQL over HTTP."""
