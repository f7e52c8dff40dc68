"""How numbers behave: currency scales, rounding, splitting and checked quantities. Knows no objects."""
