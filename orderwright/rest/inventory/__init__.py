"""Omnichannel inventory: /commerce/oci/…"""
