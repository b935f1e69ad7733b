"""Doubles of the two daemons on a Pi's host that stand before the hardware, written from their protocols.

`bluez` is org.bluez on a D-Bus of its own, `pigpiod` the GPIO daemon, on the sockets that they have on a Pi: what talks to
them is bleak's and gpiozero's own code, short of the radio and the wire. Tests, benchmarks and a lab's nodes start them.
"""
