"""Ports of this machine."""

import socket

from commands.running import Failed

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether nothing listens on a loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def first_free(wanted: int, *, tries: int = 50) -> int:
    """`wanted`, or the next free port after it; Failed when there is none in `tries`."""
    for port in range(wanted, wanted + tries):
        if is_free(port):
            return port
    raise Failed(f"no free port from {wanted} to {wanted + tries - 1}: stop something that listens there")


def required(port: int, *, option: str) -> int:
    """`port` when free; Failed naming the option that chooses another."""
    if is_free(port):
        return port
    raise Failed(f"port {port} is taken: stop what listens there, or choose another with {option} {port + 1}")
