"""scanner: listens for BLE keys in a zone while asked to."""
