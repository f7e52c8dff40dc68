"""The representations under their documented names: the very types that the server reads and writes.

Each name of the Apex reference stands beside our type of it, in one of these pages; several names may share a type, as
several representations have the same properties. Properties are in snake_case in Python: `adjustmentType` is
`adjustment_type`. Source: connect-api/*.yaml, entries `apex` (documented).
"""

from __future__ import annotations

from orderwright.connect_api.representations.inventory import *  # noqa: F403  # each page lists its names in __all__
from orderwright.connect_api.representations.orders import *  # noqa: F403
from orderwright.connect_api.representations.payments import *  # noqa: F403
from orderwright.connect_api.representations.shipping import *  # noqa: F403
