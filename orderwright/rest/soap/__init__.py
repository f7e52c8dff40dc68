"""The part of the SOAP API that clients use to sign in."""
