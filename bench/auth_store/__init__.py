"""What auth writes down, and how fast: see __main__.py."""
