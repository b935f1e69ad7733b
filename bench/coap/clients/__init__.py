"""Each module is one client in a process of its own: `python -m bench.coap.clients.ours URI`, see pace.py."""
