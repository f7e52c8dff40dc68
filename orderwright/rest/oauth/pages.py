"""The pages of the browser sign-in, from the templates beside this file; everything put in is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

MEANING = {
    "api": "use the API as you",
    "full": "do everything that you may do",
    "web": "use the API as you",
    "api_read": "read through the API as you",
    "refresh_token": "go on when you are away, until you take that back",
    "offline_access": "go on when you are away, until you take that back",
    "id": "see who you are",
    "openid": "see who you are",
    "profile": "see who you are",
    "email": "see your e-mail address",
}

_TEMPLATES = Environment(
    loader=PackageLoader("orderwright.rest.oauth"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def login_page(client: str, parameters: Mapping[str, str], word: str, message: str = "") -> bytes:
    """Asks for name and password. `parameters` and `word` go along in the form."""
    return _page("login.html", client=client, parameters=parameters, word=word, message=message)


def consent_page(client: str, username: str, scopes: Sequence[str], parameters: Mapping[str, str], word: str) -> bytes:
    """Asks `username` whether `client` may have `scopes`."""
    wishes = list(dict.fromkeys(MEANING.get(scope, scope) for scope in scopes))
    return _page("consent.html", client=client, username=username, wishes=wishes, parameters=parameters, word=word)


def problem_page(message: str) -> bytes:
    """Says why nothing can be done."""
    return _page("problem.html", message=message)


def _page(template: str, **values: object) -> bytes:
    return _TEMPLATES.get_template(template).render(**values).encode()
