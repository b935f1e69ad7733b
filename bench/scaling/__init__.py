"""How costs grow with zones, participants and visits: see __main__.py."""
