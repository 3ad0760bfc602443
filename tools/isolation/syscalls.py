"""A seccomp filter for what is shut in: system calls that no program needs and escapes are made of.

Namespaces hide files, processes and networks; they do not hide who listens on a Unix socket of a folder that
can be read (the session bus, an agent for keys, Homewit's own host), nor every kind of socket. So the kinds
that may be opened are named. Written as the kernel reads it, since the few libraries that would are wrappers
of a C library that may not be there. Pure: numbers in, bytes out.
"""

import platform
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT, _SECOND_ARGUMENT_AT = 0, 4, 16, 24
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_UNIX, _FAMILIES = 1, (2, 10, 16)  # IPv4, IPv6, and what tells of interfaces; all of them per namespace
_DATAGRAMS, _KIND_BITS = 2, 0xF
_NEW_USER_NAMESPACE = 0x10000000
_X32 = 0x40000000
_Instruction = tuple[int, int, int, int]
"""What is done, where to go on if a test holds or not, and a value."""

# Tracing and memory of others, keys of the kernel, mounts and namespaces, modules, rings and probes.
_X86_64 = {
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "pidfd_getfd": 438,
    "add_key": 248, "request_key": 249, "keyctl": 250,
    "mount": 165, "umount2": 166, "pivot_root": 155, "unshare": 272, "setns": 308, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442,
    "name_to_handle_at": 303, "open_by_handle_at": 304,
    "init_module": 175, "finit_module": 313, "delete_module": 176, "kexec_load": 246, "kexec_file_load": 320,
    "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "swapon": 167, "swapoff": 168, "reboot": 169, "acct": 163, "quotactl": 179, "syslog": 103, "iopl": 172,
    "ioperm": 173,
}  # fmt: skip
_AARCH64 = {
    "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "pidfd_getfd": 438,
    "add_key": 217, "request_key": 218, "keyctl": 219,
    "mount": 40, "umount2": 39, "pivot_root": 41, "unshare": 97, "setns": 268, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442,
    "name_to_handle_at": 264, "open_by_handle_at": 265,
    "init_module": 105, "finit_module": 273, "delete_module": 106, "kexec_load": 104, "kexec_file_load": 294,
    "bpf": 280, "perf_event_open": 241, "userfaultfd": 282,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "swapon": 224, "swapoff": 225, "reboot": 142, "acct": 89, "quotactl": 60, "syslog": 116,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Machine:
    """An architecture, as the kernel names it: calls that are refused, and those that are looked into."""

    architecture: int
    refused: Mapping[str, int]
    clone: int
    socket: int
    socketpair: int
    clone3: int = 435


_MACHINES: Mapping[str, _Machine] = {
    "x86_64": _Machine(0xC000003E, _X86_64, 56, 41, 53),
    "aarch64": _Machine(0xC00000B7, _AARCH64, 220, 198, 199),
}


def refusing_filter(unix_sockets: bool, machine: str | None = None) -> bytes | None:
    """The program for this machine; None where the numbers are not known, or on another system than Linux.

    `unix_sockets`: whether such may be opened. Where not, a pair that is connected to itself still may, which
    is how processes of one program talk.
    """
    known = _MACHINES.get(machine or platform.machine())
    if known is None or (machine is None and not sys.platform.startswith("linux")):
        return None
    program: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, known.architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if known.architecture == _MACHINES["x86_64"].architecture:
        program += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE | _EPERM)]
    # clone3 keeps its flags where a filter cannot see them; told that it is not there, programs use clone.
    answers = [(number, _EPERM) for number in sorted(known.refused.values())] + [(known.clone3, _ENOSYS)]
    for number, answer in answers:
        program += _on(number, [(_RETURN, 0, 0, _REFUSE | answer)])
    program += _on(
        known.clone, [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT), *_refused_if(_ANY_BIT, _NEW_USER_NAMESPACE)]
    )
    families = (*_FAMILIES, _UNIX) if unix_sockets else _FAMILIES
    program += _on(known.socket, _only(families, _FIRST_ARGUMENT_AT))
    if not unix_sockets:  # one for single messages could be pointed elsewhere with each of them
        kind = [(_LOAD, 0, 0, _SECOND_ARGUMENT_AT), (_AND, 0, 0, _KIND_BITS)]
        program += _on(known.socketpair, [*kind, *_refused_if(_EQUAL, _DATAGRAMS)])
    program += [(_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _on(number: int, then: Sequence[_Instruction]) -> list[_Instruction]:
    """For one call, instructions that end with an answer. A jump counts the instructions that it skips."""
    return [(_EQUAL, 0, len(then), number), *then]


def _refused_if(test: int, value: int) -> list[_Instruction]:
    return [(test, 0, 1, value), (_RETURN, 0, 0, _REFUSE | _EPERM), (_RETURN, 0, 0, _ALLOW)]


def _only(values: Sequence[int], argument_at: int) -> list[_Instruction]:
    allowed = [one for value in values for one in ((_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW))]
    return [(_LOAD, 0, 0, argument_at), *allowed, (_RETURN, 0, 0, _REFUSE | _EAFNOSUPPORT)]
