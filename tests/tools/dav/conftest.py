"""A real server of calendars and address books on loopback (radicale), another device that uses it, and a
count of what Homewit asks it.
"""

import base64
import contextlib
import importlib.util
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from homewit.tools import Secret, ToolContext
from homewit.tools.context import ClientsFor
from homewit.tools.testing import FAKE_NOW, MemoryRecords, fake_context

from ...ports import free_port

PASSWORD = "correct-horse"
USERS = [f"user{number}" for number in range(200)]  # one for each test, and more
CALENDAR = '<resourcetype><collection/><C:calendar xmlns:C="urn:ietf:params:xml:ns:caldav"/></resourcetype>'
BOOK = '<resourcetype><collection/><C:addressbook xmlns:C="urn:ietf:params:xml:ns:carddav"/></resourcetype>'


@dataclass
class Phone:
    """Another device of a user: it makes collections and changes what is in them."""

    url: str
    user: str
    trusted: ssl.SSLContext | None = None

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        signed = base64.b64encode(f"{self.user}:{PASSWORD}".encode()).decode()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            f"{self.url}{path}",
            body.encode() or None,
            {**told, "Authorization": f"Basic {signed}"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60, context=self.trusted) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def make(self, name: str, kind: str = CALENDAR) -> str:
        path = f"/{self.user}/{name.lower()}/"
        props = f"<set><prop>{kind}<displayname>{name}</displayname></prop></set>"
        body = f'<?xml version="1.0"?><mkcol xmlns="DAV:">{props}</mkcol>'
        assert self.ask("MKCOL", path, body, Content_Type="application/xml")[0] == 201
        return path

    def put(self, path: str, content: str) -> None:
        kind = "text/vcard" if path.endswith(".vcf") else "text/calendar"
        assert self.ask("PUT", path, content.replace("\n", "\r\n"), Content_Type=kind)[0] in (201, 204)

    def remove(self, path: str) -> None:
        assert self.ask("DELETE", path)[0] in (200, 204)

    def get(self, path: str) -> str:
        return self.ask("GET", path)[1].replace("\r\n", "\n")


@dataclass
class Net:
    """The guarded network, with what was asked through it; without ``up`` nobody answers."""

    settings: dict[str, str]
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    up: bool = True

    def __call__(self, allow: tuple[str, ...] = (), *, authorities: Path | None = None) -> Any:
        net = self

        class Counted:
            async def request(self, method: str, url: str, **options: Any) -> Any:
                net.asked.append((method, options.get("content") or b""))
                named = allow if net.up else ()  # loopback is a private address, unless it is named
                client = ClientsFor(net.settings)(named, authorities=authorities)
                return await client.request(method, url, **options)

        return Counted()

    def methods(self) -> list[str]:
        """What was asked since the last time that this was asked."""
        methods = [method for method, _ in self.asked]
        self.asked.clear()
        return methods


@dataclass
class Laptop:
    """A Homewit that knows the server, and its clock."""

    net: Net
    ctx: ToolContext
    minutes: int = 0

    def later(self) -> None:
        """Long enough for the server to be looked at again."""
        self.minutes += 2


@contextlib.contextmanager
def started(folder: Path, **options: str) -> Iterator[int]:
    """A radicale of our own, and its port; skips where it is not installed."""
    if importlib.util.find_spec("radicale") is None:
        pytest.skip("radicale is not installed (pip install radicale), so no CalDAV server is there")
    port = free_port()
    (folder / "users").write_text("".join(f"{user}:{PASSWORD}\n" for user in USERS))
    told = {"server-hosts": f"127.0.0.1:{port}", "auth-type": "htpasswd", "auth-delay": "0",
            "auth-htpasswd-filename": str(folder / "users"), "auth-htpasswd-encryption": "plain",
            "storage-filesystem-folder": str(folder / "data"), "logging-level": "error",
            **options}  # fmt: skip
    given = [part for name, value in told.items() for part in (f"--{name}", value)]
    log = (folder / "log").open("wb")
    server = subprocess.Popen([sys.executable, "-m", "radicale", "-C", "", *given], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 120
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "radicale does not listen"
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(120)
        log.close()


@pytest.fixture(scope="package")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Iterator[str]]]:
    """Where the server listens, and its users, for each test another one."""
    with started(tmp_path_factory.mktemp("radicale")) as port:
        yield f"http://127.0.0.1:{port}", iter(USERS)


@pytest.fixture
def phone(radicale: tuple[str, Iterator[str]]) -> Phone:
    url, users = radicale
    return Phone(url, next(users))


@pytest.fixture
def laptop(phone: Phone, tmp_path: Path) -> Laptop:
    """The settings name the server alone: what it holds is found."""
    return make_laptop(phone, tmp_path)


def make_laptop(phone: Phone, folder: Path, password: str = PASSWORD, **settings: str) -> Laptop:
    from datetime import timedelta

    told = {"dav.url": phone.url, "dav.user": phone.user}
    told |= {f"dav.{name}": value for name, value in settings.items()}
    net = Net(told)
    laptop = Laptop(net, None)  # type: ignore[arg-type]

    def now() -> Any:
        return FAKE_NOW + timedelta(minutes=laptop.minutes)

    laptop.ctx = fake_context(
        folder,
        now=now,
        net=net,
        settings=told,
        records=MemoryRecords(now),
        secret=lambda name: Secret(name, password),
    )
    return laptop
