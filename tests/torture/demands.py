"""What is demanded of the program after recovery, beyond that both books agree.

Each constant is one promise. Set to False, breaking it is counted and printed, and fails nothing.
"""

NOTHING_STAYS_PENDING = True
"""A request of which the gateway has no record is sent again under its key, and settled, whatever was lost."""

OUTCOMES_ARE_TRUE = True
"""An operation whose requests have all been settled says so: its outcome is not Unknown any more."""
