"""How long auth takes to say who is there: see __main__.py."""
