"""The filter of system calls, run as the kernel would run it."""

import struct

import pytest

from homewit.tools.isolation.syscalls import refusing_filter

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
EAFNOSUPPORT = 0x00050061
X86, ARM = 0xC000003E, 0xC00000B7


def verdict(program: bytes, architecture: int, number: int, argument: int = 0, second: int = 0) -> int:
    """What the program answers for one call."""
    data = struct.pack("=IIQQQ", number, architecture, 0, argument, second)
    at, accumulator = 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack_from("=HBBI", program, at * 8)
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", data, value)
            case 0x54:
                accumulator &= value
            case 0x06:
                return value
            case _:
                tests = {
                    0x15: accumulator == value,
                    0x35: accumulator >= value,
                    0x45: bool(accumulator & value),
                }
                at += if_true if tests[code] else if_false


@pytest.mark.parametrize(
    ("machine", "architecture", "calls"),
    [
        (
            "x86_64",
            X86,
            {"ptrace": 101, "mount": 165, "unshare": 272, "bpf": 321, "keyctl": 250, "io_uring": 425},
        ),
        (
            "aarch64",
            ARM,
            {"ptrace": 117, "mount": 40, "unshare": 97, "bpf": 280, "keyctl": 219, "io_uring": 425},
        ),
    ],
)
def test_what_escapes_are_made_of_is_refused(machine: str, architecture: int, calls: dict[str, int]):
    """And what programs need passes: reading, opening, starting others without a new user namespace."""
    program = refusing_filter(True, machine)
    assert program is not None
    assert {name: verdict(program, architecture, number) for name, number in calls.items()} == dict.fromkeys(
        calls, EPERM
    )
    clone = {"x86_64": 56, "aarch64": 220}[machine]
    assert verdict(program, architecture, clone, 0x11) == ALLOW
    assert verdict(program, architecture, clone, 0x10000011) == EPERM
    assert verdict(program, architecture, 435) == ENOSYS
    needed = {"x86_64": (0, 1, 257, 59, 41, 42), "aarch64": (63, 64, 56, 221, 198, 203)}[machine]
    assert [verdict(program, architecture, number, 1) for number in needed] == [ALLOW] * len(needed)


def test_calls_of_another_kind_of_machine_end_the_program():
    """Numbers mean something else there, so nothing would be refused."""
    program = refusing_filter(True, "x86_64")
    assert program is not None
    assert verdict(program, 0x40000003, 101) == KILL
    assert verdict(program, X86, 0x40000000 | 101) == EPERM


def test_an_unknown_machine_has_no_filter():
    """The rest of the sandbox is there all the same."""
    assert refusing_filter(True, "riscv64") is None


@pytest.mark.parametrize(
    ("machine", "architecture", "opens", "pairs"), [("x86_64", X86, 41, 53), ("aarch64", ARM, 198, 199)]
)
def test_kinds_of_sockets_are_named(machine: str, architecture: int, opens: int, pairs: int):
    """IP and what tells of interfaces; Unix sockets where they may be; nothing else, such as those to a
    hypervisor, which no namespace keeps apart. Without Unix sockets, a pair that can be pointed elsewhere is
    refused, too, and a connected one is not.
    """
    families = {"unix": 1, "ipv4": 2, "ipv6": 10, "netlink": 16, "packet": 17, "crypto": 38, "vsock": 40}
    with_unix, without = (refusing_filter(unix, machine) for unix in (True, False))
    assert with_unix is not None
    assert without is not None
    allowed = {
        name for name, number in families.items() if verdict(with_unix, architecture, opens, number) == ALLOW
    }
    assert allowed == {"unix", "ipv4", "ipv6", "netlink"}
    assert verdict(with_unix, architecture, opens, families["vsock"]) == EAFNOSUPPORT
    assert verdict(without, architecture, opens, families["unix"]) == EAFNOSUPPORT
    assert verdict(without, architecture, opens, families["ipv4"]) == ALLOW
    stream, datagram, closed_on_exec = 1, 2, 0o2000000
    assert verdict(without, architecture, pairs, 1, stream | closed_on_exec) == ALLOW
    assert verdict(without, architecture, pairs, 1, datagram | closed_on_exec) == EPERM
    assert verdict(with_unix, architecture, pairs, 1, datagram) == ALLOW
