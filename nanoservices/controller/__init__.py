"""controller: decides. Events in, commands out; the only one that tells the others what to do."""
