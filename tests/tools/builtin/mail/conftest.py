"""Real mail servers on loopback: dovecot for IMAP, aiosmtpd for SMTP, both with TLS and passwords."""

import contextlib
import datetime as dt
import grp
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from homewit.tools import Secret, ToolContext
from homewit.tools.testing import fake_context

from ....ports import free_port

DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"
PASSWORD = "correct-horse"

# The listener of anvil would have each login wait for seconds after one that was wrong.
CONFIG = """
base_dir = {base}/run
log_path = {base}/log
protocols = imap
listen = 127.0.0.1
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
mail_location = maildir:{base}/mail/%n
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
ssl = yes
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
{auth}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
}}
"""

WITH_PASSWORD = f"""
auth_mechanisms = plain
passdb {{
  driver = static
  args = password={PASSWORD}
}}
"""


@dataclass
class Received:
    """What the SMTP server took."""

    envelopes: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    @property
    def messages(self) -> list[Any]:
        return [message_from_bytes(data) for _, _, data in self.envelopes]


@dataclass
class Servers:
    """Where both listen, and a way to put mail into the inbox."""

    folder: Path
    imap_port: int
    smtp_port: int
    received: Received
    owner: tuple[int, int]
    number: int = 0
    named: str = ""

    @property
    def user(self) -> str:
        """Whose mailbox it is; each test has one of its own."""
        return self.named or f"me{self.number}@example.org"

    def settings(self, **changes: str) -> dict[str, str]:
        told = {
            "mail.address": self.user, "mail.name": "Me", "mail.imap": "localhost", "mail.smtp": "localhost",
            "mail.imap_port": str(self.imap_port), "mail.smtp_port": str(self.smtp_port),
            "mail.authorities": str(self.folder / "cert.pem"), "mail.smtp_security": "starttls",
        }  # fmt: skip
        return {**told, **{f"mail.{name}": value for name, value in changes.items()}}

    def put(self, data: bytes, name: str, came: dt.datetime | None = None) -> None:
        """Deliver a message as a mail server does: whole, by renaming; at another moment than now."""
        inbox = self.folder / "mail" / self.user.partition("@")[0]
        for place in (inbox, inbox / "new", inbox / "cur", inbox / "tmp"):
            place.mkdir(exist_ok=True)
            os.chown(place, *self.owner)
        (inbox / "tmp" / name).write_bytes(data)
        os.chown(inbox / "tmp" / name, *self.owner)
        if came is not None:
            os.utime(inbox / "tmp" / name, (came.timestamp(), came.timestamp()))
        (inbox / "tmp" / name).rename(inbox / "new" / name)


def certificate(folder: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, so there is no certificate for the mail servers")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run(
        [*made, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True
    )


@contextlib.contextmanager
def dovecot(folder: Path, auth: str = WITH_PASSWORD) -> Iterator[tuple[int, tuple[int, int]]]:
    """A dovecot of our own, with a section that says whom it lets in; skips where it is not installed."""
    if not Path(DOVECOT).exists():
        pytest.skip(
            "dovecot is not installed (Debian: dovecot-imapd), so there is no IMAP server to test with"
        )
    port = free_port()
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    login, internal, uid, gid = user, user, os.getuid(), os.getgid()
    if os.getuid() == 0:  # dovecot will not talk to strangers as root; its package brings users of its own
        login, internal, group = "dovenull", "dovecot", "dovecot"
        uid, gid = pwd.getpwnam("dovecot").pw_uid, grp.getgrnam("dovecot").gr_gid
        folder.chmod(0o755)
    for name in ("run", "home", "mail"):
        (folder / name).mkdir(parents=True)
    if os.getuid() == 0:
        for owned in ("home", "mail"):
            os.chown(folder / owned, uid, gid)
    config = folder / "dovecot.conf"
    told = {"base": folder, "login": login, "internal": internal, "group": group, "uid": uid, "gid": gid}
    config.write_text(CONFIG.format(**told, auth=auth, port=port))
    server = subprocess.Popen(
        [DOVECOT, "-F", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert time.monotonic() < deadline, "dovecot does not listen"
            if server.poll() is not None:
                said = (folder / "log").read_text() if (folder / "log").exists() else ""
                pytest.skip(f"dovecot does not start here: {said[-500:]}")
            time.sleep(0.02)
        yield port, (uid, gid)
    finally:
        server.terminate()
        server.wait(120)
        if server.stderr:
            server.stderr.close()


@contextlib.contextmanager
def smtp_server(folder: Path, received: Received, handler: type = object) -> Iterator[int]:
    """An SMTP server that wants STARTTLS and a password, or what `handler` takes instead."""
    controllers = pytest.importorskip("aiosmtpd.controller", reason="aiosmtpd is not installed")
    from aiosmtpd.smtp import AuthResult

    class Handler(handler):
        async def handle_RCPT(
            self, server: Any, session: Any, envelope: Any, address: str, options: Any
        ) -> str:
            if address in received.refuses:
                return "550 no such mailbox"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            received.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
            return "250 OK"

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    controller = controllers.Controller(
        Handler(), hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True,
        authenticator=check, auth_required=True, ready_timeout=120,
    )  # fmt: skip
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="session")
def both() -> Iterator[Servers]:
    # Not pytest's own folder: its parents are closed to the user that dovecot becomes.
    with tempfile.TemporaryDirectory(prefix="homewit-mail-") as name:
        folder, received = Path(name), Received()
        certificate(folder)
        with dovecot(folder) as (imap_port, owner), smtp_server(folder, received) as smtp_port:
            yield Servers(folder, imap_port, smtp_port, received, owner)


@pytest.fixture
def servers(both: Servers) -> Servers:
    """Both servers, with an empty mailbox."""
    both.number += 1
    both.received.envelopes.clear()
    both.received.refuses.clear()
    return both


@pytest.fixture
def ctx(folder: Path, servers: Servers) -> ToolContext:
    """A context with the account of the servers and its password."""
    return fake_context(
        folder, settings=servers.settings(), secret=lambda name: Secret(name, PASSWORD), call_key="call-1"
    )
