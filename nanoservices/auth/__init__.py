"""auth: participants, meetings and credentials; recognises a key and says who, which meeting, which room, or why not."""
