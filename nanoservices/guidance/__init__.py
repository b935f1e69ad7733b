"""guidance: leads people along a route of lights, several at once."""
