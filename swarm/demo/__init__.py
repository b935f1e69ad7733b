"""The whole room on one machine: real services, real CoAP over loopback, a simulated world behind their devices."""
