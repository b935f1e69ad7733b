"""meeting: the room's screen. Hides personal contents, downloads and shows the meeting's contents."""
