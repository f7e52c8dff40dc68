"""How the token endpoint and its neighbours refuse: `{"error": …, "error_description": …}`, in the platform's words.

Source: OAuth authorization flows, "OAuth 2.0 error codes" of the platform's help (documented); status 401 where the
client used HTTP Basic is RFC 6749 section 5.2.
"""

from __future__ import annotations

from orderwright.rest.codec import to_json
from orderwright.rest.execute import Answer

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthRefused(Exception):
    """A request to an OAuth endpoint that is not granted."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def as_answer(self) -> Answer:
        """The refusal as an answer."""
        basic = {"WWW-Authenticate": 'Basic realm="orderwright"'} if self.status == 401 else {}
        body = to_json({"error": self.error, "error_description": self.description})
        return Answer(self.status, body, NO_STORE | basic)
