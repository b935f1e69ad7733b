"""The nanoservices: a folder is a service, a file here is shared.

Nothing is imported here: `python -m nanoservices.<word> --health` must stay cheap.
"""
