"""Secrets in a file that only its owner can read. Not encrypted, which `place` does not hide.

Written anew and put in place at once, so that a crash leaves the old one. A file that others may read, or
that is a link, is refused rather than used.
"""

import contextlib
import fcntl
import glob
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..secret import Secret
from .store import SecretsUnavailable, check_name, check_value


@dataclass(frozen=True, slots=True)
class FileStore:
    """A `SecretStore` in one file."""

    path: Path
    encrypted: bool = False

    @property
    def place(self) -> str:
        return f"the file {self.path}, which only you can read; it is not encrypted"

    def get(self, name: str) -> Secret | None:
        value = self._read().get(check_name(name))
        return None if value is None else Secret(name, value)

    def put(self, name: str, value: str) -> None:
        with self._changing() as held:
            held[check_name(name)] = check_value(name, value)

    def remove(self, name: str) -> bool:
        with self._changing() as held:
            return held.pop(check_name(name), None) is not None

    def names(self) -> list[str]:
        return sorted(self._read())

    def _read(self) -> dict[str, str]:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SecretsUnavailable(f"{self.path} cannot be read: {error.strerror or error}.") from error
        with os.fdopen(descriptor, encoding="utf-8") as file:
            status = os.fstat(descriptor)
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
                raise SecretsUnavailable(
                    f"{self.path} was not read: others may read it or own it. Run `chmod 600 {self.path}`, "
                    "and set anew what may have been seen."
                )
            try:
                held = json.load(file)
                return {str(name): str(value) for name, value in held["secrets"].items()}
            except (ValueError, KeyError, TypeError, AttributeError):
                # Not chained: what the parser has seen may be part of a secret.
                raise SecretsUnavailable(
                    f"{self.path} is damaged. Remove it and set the secrets anew."
                ) from None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, str]]:
        """What is held, to be changed by one process at a time and written at the end."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(f"{self.path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            held = self._read()
            yield held
            self._write(held)
        except OSError as error:
            raise SecretsUnavailable(f"{self.path} cannot be written: {error.strerror or error}.") from error
        finally:
            os.close(lock)

    def _write(self, held: dict[str, str]) -> None:
        """Nobody else writes meanwhile, so what lies beside it was left by a process that was killed."""
        for left in self.path.parent.glob(f"{glob.escape(self.path.name)}.*.new"):
            left.unlink(missing_ok=True)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"version": 1, "secrets": held}, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
