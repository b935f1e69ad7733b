"""The cost of a CoAP request: see __main__.py. Nothing is imported here, as the peers that are measured start from here."""
