"""`orderwright demo`: real orders of a shop, replayed through the public API as any client would."""
