"""The suite's own guard against leaving the machine really blocks, and really lets loopback through."""

import socket

import pytest


def test_connecting_outside_is_refused_before_a_packet_is_sent():
    """An address of the documentation range cannot be connected to from a test."""
    with socket.socket() as sock, pytest.raises(RuntimeError, match=r"connects to \('192\.0\.2\.1', 80\)"):
        sock.connect(("192.0.2.1", 80))


def test_looking_up_a_name_is_refused():
    """Names are not resolved, so no test depends on a resolver."""
    with pytest.raises(RuntimeError, match=r"looks up 'homewit\.example'"):
        socket.getaddrinfo("homewit.example", 443)


def test_loopback_works():
    """A server on this machine can be reached: the guard blocks no more than it says."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as sock,
        server.accept()[0] as peer,
    ):
        sock.sendall(b"hello")
        assert peer.recv(5) == b"hello"
