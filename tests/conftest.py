"""What holds for every test: no network beyond loopback, a home folder of its own, no surprise deadlines,
slow files first.

Knows nothing of the packages; fixtures that build their objects live beside the tests that use them.
"""

import ipaddress
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# Test processes that run side by side share the cores among them; programs that they start inherit it.
if (side_by_side := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))) > 1:
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // side_by_side)))

# Programs that the tests start inherit what is ignored, as it is behind `nohup` or `&`; signals are tested.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine may stand still for a while, also in the middle of an example.
settings.register_profile("homewit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("homewit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side, files with slow tests begin first, then those with many: a long one that began last
    would leave the other processes without work. Otherwise the order stays random.
    """
    if side_by_side > 1:
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        count = Counter(item.path for item in items)
        items.sort(key=lambda item: (item.path not in slow, -count[item.path]))


class NetworkBlocked(RuntimeError):
    """A test tried to leave this machine."""


def is_loopback(host: str | bytes | None) -> bool:
    """Whether ``host`` names this machine without asking anybody."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Connections and name look-ups beyond loopback fail at once and say which test did it."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
            raise NetworkBlocked(f"this test connects to {address!r}; tests may use loopback only")

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        check(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        check(sock, address)
        return connect_ex(sock, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_loopback(host) and not _is_address(host):
            raise NetworkBlocked(f"this test looks up {host!r}; tests may use loopback only")
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


def _is_address(host: str | bytes) -> bool:
    """A literal address needs no look-up."""
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``HOMEWIT_HOME`` and no other setting, inherited by every process that the test starts.

    What a test throws away goes to a trash can of its own.
    Hosts are private, so that each ends with its client; tests of the resident one ask for it.
    """
    for name in [name for name in os.environ if name.startswith("HOMEWIT_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "homewit-home"
    monkeypatch.setenv("HOMEWIT_HOME", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg-data"))
    monkeypatch.setenv("HOMEWIT_HOST", "private")
    return folder
