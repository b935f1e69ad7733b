"""Each module is one server in a process of its own: `python -m bench.coap.servers.echo PORT`."""
