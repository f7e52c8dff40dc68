"""Makes the generated pages: `python -m docs.tools`."""
