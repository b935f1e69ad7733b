"""presence: PIR motion in, presence of a zone out."""
