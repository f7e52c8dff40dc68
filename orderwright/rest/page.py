"""The HTML of `/docs`: how to begin, what goes for every request, each operation with its properties, every error."""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

import msgspec

from orderwright.decisions.errors import PreviewOutdated
from orderwright.rest.codec import to_json
from orderwright.rest.errors import Entry, catalogue
from orderwright.rest.operation import NEWEST_VERSION, OLDEST_VERSION, Operation
from orderwright.rest.properties import IdOf, Property, is_struct, optional_of, properties_of, unwrapped

STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d5dde5, #3a4653); --soft: light-dark(#f4f7fa, #1d252e);
--note: light-dark(#566676, #9fb0c0); --link: light-dark(#0b5cab, #7db8f5); --write: light-dark(#8a4b08, #f0b26b); }
* { box-sizing: border-box; } html { scroll-padding-top: 1rem; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 86rem; display: grid;
grid-template-columns: 19rem minmax(0, 1fr); background: light-dark(#fff, #12181f);
color: light-dark(#1b2733, #dbe4ec); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem; font-size: 14px;
border-right: 1px solid var(--line); } nav ul { list-style: none; margin: 0 0 1rem; padding: 0; }
nav li { display: grid; grid-template-columns: 3.2rem 1fr; align-items: baseline; padding: .1rem 0; }
nav p { margin: 0; font-weight: 700; }
main { padding: 1rem 2.5rem 6rem; } h1, h2 { line-height: 1.2; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; } h3 { margin: 0; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
article { margin: 1.5rem 0; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: 6px; }
article:target { border-color: var(--link); } article > :last-child { margin-bottom: 0; }
code, pre, .method { font: 13.5px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .8rem; overflow-x: auto; border-radius: 4px; }
.method { font-weight: 700; color: var(--link); } .POST, .PATCH { color: var(--write); }
nav .method { font-size: 11.5px; }
.note { color: var(--note); } details { margin: .6rem 0; } summary { cursor: pointer; font-weight: 600; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-size: 14.5px; } caption { text-align: left;
color: var(--note); } td, th { text-align: left; padding: .3rem 1.2rem .3rem 0; vertical-align: top;
border-bottom: 1px solid var(--line); } td:first-child code { white-space: nowrap; }
@media (max-width: 60rem) { body { display: block; } nav { position: static; height: auto; border: 0; }
main { padding: 1rem; } }
"""

SIMPLE: Mapping[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    Decimal: "number",
    dt.datetime: "date and time",
    dt.date: "date",
}


def page_of(operations: Sequence[Operation], title: str, about: str, base_url: str) -> str:
    """The whole page; `base_url` is where the reader reached it, so that examples can be copied."""
    tags = list(dict.fromkeys(operation.tag for operation in operations))
    sections = "".join(
        f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2>{"".join(_article(o) for o in operations if o.tag == tag)}'
        for tag in tags
    )
    errors = "".join(_error(entry) for entry in catalogue())
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"{_contents(operations, tags)}<main><h1>{title} API</h1><p>{escape(about)}</p>"
        f"<p>Versions v{OLDEST_VERSION}.0 to v{NEWEST_VERSION}.0. "
        f'The same for machines: <a href="/openapi.json">/openapi.json</a>.</p>{_begin(base_url)}{EVERY_REQUEST}'
        f'{sections}<h2 id="errors">Errors</h2>{ERROR_SHAPES}'
        f"<table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>{errors}</table></main></body></html>"
    )


def _contents(operations: Sequence[Operation], tags: Sequence[str]) -> str:
    parts = ['<ul><li><a href="#begin">Begin</a></li><li><a href="#every-request">Every&nbsp;request</a></li></ul>']
    for tag in tags:
        links = "".join(
            f'<li>{_method(o)} <a href="#{o.handler.__name__}">{escape(o.summary)}</a></li>'
            for o in operations
            if o.tag == tag
        )
        parts.append(f'<p><a href="#{_anchor(tag)}">{escape(tag)}</a></p><ul>{links}</ul>')
    return f'<nav aria-label="Contents">{"".join(parts)}<p><a href="#errors">Errors</a></p></nav>'


def _anchor(tag: str) -> str:
    return f"about-{tag.lower().replace(' ', '-')}"


def _method(operation: Operation) -> str:
    return f'<span class="method {operation.method}">{operation.method}</span>'


def _begin(base_url: str) -> str:
    newest = f"{base_url}/services/data/v{NEWEST_VERSION}.0"
    commands = (
        "orderwright client create SHOP    # with the --data of the server; prints CLIENT_ID and CLIENT_SECRET\n\n"
        f"curl {base_url}/services/oauth2/token -d grant_type=client_credentials \\\n"
        "  -d client_id=CLIENT_ID -d client_secret=CLIENT_SECRET    # answers with access_token\n\n"
        f"curl {newest}/sobjects/Account -H 'Authorization: Bearer ACCESS_TOKEN' \\\n"
        """  -H 'Content-Type: application/json' -d '{"Name": "Ada Lovelace"}'"""
    )
    return f'<h2 id="begin">Begin</h2><p>Make a client, get a token, call the API:</p><pre>{escape(commands)}</pre>'


EVERY_REQUEST = """<h2 id="every-request">Every request</h2><table>
<tr><th>Send</th><th>What it does</th></tr>
<tr><td><code>Authorization</code></td><td><code>Bearer</code> and an access token: says who asks. Needed
everywhere but to sign in and to read this page.</td></tr>
<tr><td>{version} in the path</td><td>The version of the API, as v67.0. An older one knows fewer resources and
properties: what is younger is refused in a request, and left out of an answer.</td></tr>
<tr><td><code>Idempotency-Key</code></td><td>On any write: a request sent again with its key is not done again, but
answered as before (<code>Idempotent-Replayed: true</code>). Another request with the key is refused with 409; one that
was refused gives its key back. Payment calls take the key as <code>sfdc-Payments-Idempotency-Key</code>, or as
<code>idempotencyKey</code> in the body, too; in one place only.</td></tr>
<tr><td><code>Preview-Token</code></td><td>On a submit: the header that its preview answered with. The submit then
does exactly what was previewed, or is refused with 409 and what is different now.</td></tr>
<tr><td><code>?explain=true</code></td><td>On a preview or submit: adds <code>explanation</code>, each number with its
rule, base, fraction, exact and rounded value; and <code>previewToken</code> on a preview. On routing: why each location
is in or out, or where each distance comes from.</td></tr></table>
<p>Every answer has the header <code>X-Request-Id</code>, by which the log of the server names the request.</p>"""

ERROR_SHAPES = """<p>An error is a list of one object with <code>errorCode</code> and <code>message</code>. On a
resource of order management a refusal also has <code>output</code>, the resource's own answer with
<code>success: false</code> (with <code>error</code>, on payments); on
records it has <code>fields</code>. Nothing is written when a request is refused.</p>"""


def _article(operation: Operation) -> str:
    name = operation.handler.__name__
    since = f' <span class="note">since v{operation.since}.0</span>' if operation.since > OLDEST_VERSION else ""
    parts = [
        f'<h3><a href="#{name}">{escape(operation.summary)}</a></h3>',
        f"<p>{_method(operation)} <code>{escape(operation.full_path)}</code>{since}</p>",
        f"<p>{escape(operation.description)}</p>",
        _rights(operation),
        *_examples(operation),
        _properties("Request", operation.input, sent=True),
        _properties(f"Answer {operation.status}", operation.output, sent=False),
        _refusals(operation),
        "".join(f'<p class="note">Also reached as <code>{escape(path)}</code></p>' for path in operation.aliases),
    ]
    return f'<article id="{name}">{"".join(parts)}</article>'


def _examples(operation: Operation) -> Iterator[str]:
    if operation.example is None:
        return
    if operation.media == "application/json":
        text = msgspec.json.format(to_json(operation.example), indent=2).decode()
    else:
        sent = operation.example
        text = sent if isinstance(sent, str) else "&".join(f"{name}={value}" for name, value in sent.items())
        yield f"<p>As <code>{escape(operation.media)}</code>:</p>"
    yield f"<pre>{escape(text)}</pre>"


def _rights(operation: Operation) -> str:
    if not operation.needs:
        return ""
    rights = " and ".join(f"<code>{escape(right)}</code>" for right in operation.needs)
    return f'<p class="note">Right needed: {rights}</p>'


def _refusals(operation: Operation) -> str:
    codes = sorted({refusal.code for refusal in operation.refuses})
    links = ", ".join(f'<a href="#{code}">{code}</a>' for code in codes)
    return f'<p class="note">Refusals: {links}</p>' if codes else ""


def takes_preview_token(operation: Operation) -> bool:
    """Whether the operation is a submit that a preview's token may go with."""
    return PreviewOutdated in operation.refuses


def _properties(title: str, type_: Any, *, sent: bool) -> str:
    """The properties of an input or output and of all that is inside it, to be folded out."""
    structs = list(dict.fromkeys(_structs(type_)))
    if not structs:
        return ""
    tables = "".join(_table(struct, sent=sent, caption=len(structs) > 1) for struct in structs)
    return f"<details><summary>{title}</summary>{tables}</details>"


def _structs(hint: Any) -> Iterator[type]:
    """The Struct in a hint, and those in its properties."""
    bare, _ = unwrapped(hint)
    inner = optional_of(bare)
    if inner is not None:
        yield from _structs(inner)
    elif is_struct(bare):
        yield bare
        for property_ in properties_of(bare):
            yield from _structs(property_.hint)
    elif typing.get_origin(bare) in (list, tuple):
        yield from _structs(typing.get_args(bare)[0])


def _table(struct: type, *, sent: bool, caption: bool) -> str:
    rows = "".join(_row(property_, sent=sent) for property_ in properties_of(struct))
    head = f"<caption><code>{struct.__name__}</code></caption>" if caption else ""
    return f"<table>{head}<tr><th>Property</th><th>Type</th><th></th></tr>{rows}</table>"


def _row(property_: Property, *, sent: bool) -> str:
    notes = [
        "required" if sent and property_.required else "",
        f"since v{property_.since}.0" if property_.since > OLDEST_VERSION else "",
        f"also {', '.join(property_.aliases)}" if sent and property_.aliases else "",
        property_.text,
    ]
    about = escape("; ".join(note for note in notes if note))
    return f"<tr><td><code>{property_.wire_name}</code></td><td>{_type(property_.hint)}</td><td>{about}</td></tr>"


def _type(hint: Any) -> str:
    """A hint in words, as HTML."""
    bare, marks = unwrapped(hint)
    inner = optional_of(bare)
    if inner is not None:
        return f"{_type(typing.Annotated[inner, *marks] if marks else inner)} or null"
    if typing.get_origin(bare) in (list, tuple):
        item = typing.get_args(bare)[0]
        return f"list of {_type(typing.Annotated[item, *marks] if marks else item)}"
    for mark in marks:
        if isinstance(mark, IdOf):
            return f"id of {' or '.join(mark.objects)}"
    if is_struct(bare):
        return f"<code>{bare.__name__}</code>"
    if typing.get_origin(bare) is typing.Literal:
        return escape(" or ".join(map(str, typing.get_args(bare))))
    return SIMPLE.get(bare, "object")


def _error(entry: Entry) -> str:
    return (
        f'<tr id="{entry.code}"><td><code>{escape(entry.code)}</code></td><td>{entry.status}</td>'
        f"<td>{escape(entry.meaning)}</td></tr>"
    )
