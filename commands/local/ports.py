"""Ports of this machine."""

import errno
import socket

from commands.running import Failed

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether nothing listens on a port of an address of this machine."""
    try:
        socket.create_server((host, port), family=_family(host)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise Failed(f"nobody can listen on {host} port {port}: {error.strerror}") from None
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def first_free(wanted: int, *, tries: int = 50) -> int:
    """`wanted`, or the next free port after it; Failed when there is none in `tries`."""
    for port in range(wanted, wanted + tries):
        if is_free(port):
            return port
    raise Failed(f"no free port from {wanted} to {wanted + tries - 1}: stop something that listens there")


def required(port: int, *, option: str, host: str = LOOPBACK) -> int:
    """`port` when free; Failed naming the option that chooses another."""
    if is_free(port, host):
        return port
    raise Failed(f"port {port} is taken: stop what listens there, or choose another with {option} {port + 1}")
