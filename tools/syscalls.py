"""A seccomp filter for commands in the sandbox: system calls that no command needs and escapes are made of.

Written as the kernel reads it, since the few libraries that would are wrappers of a C library that may not be
there. Pure: numbers in, bytes out.
"""

import platform
import struct
import sys
from collections.abc import Mapping

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_EPERM, _ENOSYS = 1, 38
_NEW_USER_NAMESPACE = 0x10000000
_X32 = 0x40000000

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
# Architecture as the kernel names it, refused calls, clone, clone3.
_MACHINES: Mapping[str, tuple[int, Mapping[str, int], int, int]] = {
    "x86_64": (0xC000003E, _X86_64, 56, 435),
    "aarch64": (0xC00000B7, _AARCH64, 220, 435),
}


def refusing_filter(machine: str | None = None) -> bytes | None:
    """The program for this machine; None where the numbers are not known, or on another system than Linux."""
    known = _MACHINES.get(machine or platform.machine())
    if known is None or (machine is None and not sys.platform.startswith("linux")):
        return None
    architecture, refused, clone, clone3 = known
    numbers = sorted(refused.values())
    # Jumps count the instructions that are skipped; both ends of the list are laid out from the back.
    check_clone = [
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_ANY_BIT, 1, 0, _NEW_USER_NAMESPACE),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE | _EPERM),
    ]
    # clone3 keeps its flags where a filter cannot see them; told that it is not there, programs use clone.
    tests = [*((number, _REFUSE | _EPERM) for number in numbers), (clone3, _REFUSE | _ENOSYS)]
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if architecture == _MACHINES["x86_64"][0]:
        program += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE | _EPERM)]
    for number, answer in tests:
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
    program += [(_EQUAL, 1, 0, clone), (_RETURN, 0, 0, _ALLOW), *check_clone]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
