"""orderwright cert: a certificate to develop with, and how to make programs trust it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from orderwright.cli.certificate import Made

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Names and addresses of the server besides localhost and 127.0.0.1."),
]


def cert(
    names: Names = None,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where the files go; made if it is not there.")
    ] = Path("certificates"),
) -> None:
    """Make a certificate for HTTPS on this machine, of an authority of its own, and say how to trust it.

    The authority's key is thrown away at once: who trusts the authority trusts this one certificate, for a year. Run
    again, it makes new ones, which have to be trusted anew. For a server that others reach, get a certificate from an
    authority that they trust already.

    Example: `orderwright cert`, then `orderwright serve --certificate certificates/server.pem`
    """
    from orderwright.cli.certificate import made_in

    print(advice(made_in(folder, names or [])))


def advice(made: Made) -> str:
    """What to do with a new certificate, as lines to copy."""
    authority = made.authority.resolve()
    return f"""\
{made.server}  the server's certificate and key, for {", ".join(made.names)}, until {made.until:%Y-%m-%d}
{made.authority}  the authority to trust

Serve HTTPS with

  orderwright serve --certificate {made.server}

and let clients trust it:

  export REQUESTS_CA_BUNDLE={authority}     # Python: requests, simple-salesforce
  export SSL_CERT_FILE={authority}          # Python: httpx; OpenSSL
  export NODE_EXTRA_CA_CERTS={authority}    # Node: jsforce
  curl --cacert {authority} https://localhost:8443/services/data"""
