"""One host per home: the lock decides, and what an earlier host left behind is in nobody's way."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from homewit.agent.hosting import address, peers, presence


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return Path(os.path.realpath(tmp_path))


def test_a_second_host_is_refused_until_the_first_has_ended(place: Path):
    """While the lock is held nobody else becomes the host; afterwards anybody may."""
    first = presence.claim(place)
    assert first is not None
    assert presence.claim(place) is None
    assert address.published(place) == address.Published(os.getpid(), first.path)
    first.withdraw()
    assert presence.claim(place) is None  # it still ends its runs
    assert address.published(place) is None
    first.release()
    second = presence.claim(place)
    assert second is not None
    second.withdraw()
    second.release()


def test_a_host_hands_its_place_on(place: Path):
    """The next one is found at once, and what the first does at its end leaves it alone."""
    first = presence.claim(place)
    assert first is not None
    first.hand_on()
    second = presence.claim(place)
    assert second is not None
    first.withdraw()
    first.release()
    assert (first.is_found, second.is_found) == (False, True)
    assert peers.is_answered(second.path)
    assert presence.claim(place) is None
    second.withdraw()
    second.release()


def test_what_a_killed_host_left_behind_is_replaced(place: Path):
    """Its lock went with it; its socket answers nobody and makes room."""
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom homewit.agent.hosting import presence\n"
        "mine = presence.claim(Path(sys.argv[1]))\nos.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(place)]).returncode == -9
    left = address.published(place)
    assert left is not None
    assert left.socket.is_socket()
    assert not peers.is_answered(left.socket)
    mine = presence.claim(place)
    assert mine is not None
    assert peers.is_answered(mine.path)
    mine.withdraw()
    mine.release()


def test_a_host_knows_when_its_home_was_taken_away(place: Path):
    """Without its lock file, or with another one in its place, no client can find it."""
    mine = presence.claim(place)
    assert mine is not None
    assert mine.is_found
    address.lock_file(place).unlink()
    assert not mine.is_found
    other = presence.claim(place)  # a home that was made anew
    assert other is not None
    assert (mine.is_found, other.is_found) == (False, True)
    mine.withdraw()
    assert other.path.is_socket()  # what belongs to the other one is left alone
    for one in (mine, other):
        one.release()
    other.socket.close()


def test_the_socket_and_the_lock_are_for_their_owner_alone(place: Path):
    """Modes are 0600 whatever the umask allows."""
    earlier = os.umask(0)
    try:
        mine = presence.claim(place)
    finally:
        os.umask(earlier)
    assert mine is not None
    assert [oct(path.stat().st_mode & 0o777) for path in (mine.path, address.lock_file(place))] == [
        "0o600"
    ] * 2
    mine.withdraw()
    mine.release()


def test_a_home_with_a_long_path_has_its_socket_elsewhere(place: Path):
    """In the folder that ends with the login, which nobody else may enter; clients are told where."""
    home, runtime = place / ("long" * 30), Path("/run/user/1000")
    path = address.socket_path(home, {"XDG_RUNTIME_DIR": str(runtime)})
    assert path.parent == runtime / "homewit"
    assert len(os.fsencode(path)) <= address.LONGEST_PATH
    assert address.socket_path(home, {}).parent.name == f"homewit-{os.getuid()}"
    assert address.socket_path(Path("/home/ada"), {}) == Path("/home/ada/host.sock")


def test_a_folder_that_others_may_enter_is_not_used(place: Path):
    """A folder of another owner, one with wider modes, or a link to one is refused; a private one is fine."""
    peers.make_private_folder(place / "mine")
    peers.make_private_folder(place / "mine")
    (place / "open").mkdir(mode=0o755)
    (place / "open").chmod(0o755)
    (place / "link").symlink_to(place / "mine")
    for name in ("open", "link"):
        with pytest.raises(peers.NotPrivate):
            peers.make_private_folder(place / name)


def test_the_other_end_of_a_socket_is_known():
    """The kernel tells the user of a connection; ours is ours."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with here, there:
        assert peers.user_of(here) in (os.getuid(), None)
        assert peers.is_ours(here)


def test_a_host_that_holds_the_lock_and_answers_nobody_is_not_waited_for_for_ever(
    place: Path, monkeypatch: pytest.MonkeyPatch
):
    """The second host gives up without a word to its client, which then does without."""
    from homewit.agent import host

    monkeypatch.setattr(host, "_TAKING_OVER_S", 0.0)
    monkeypatch.setenv("HOMEWIT_HOME", str(place))
    held = presence.claim(place)
    assert held is not None
    held.withdraw()
    reading, writing = os.pipe()
    try:
        assert host.serve_all(writing) == 1
    finally:
        held.release()
        os.close(writing)
    assert os.read(reading, 100) == b""
    os.close(reading)


def test_a_second_host_leads_its_client_to_the_first(place: Path, monkeypatch: pytest.MonkeyPatch):
    """It says that one is ready, and ends."""
    from homewit.agent import host

    monkeypatch.setenv("HOMEWIT_HOME", str(place))
    first = presence.claim(place)
    assert first is not None
    reading, writing = os.pipe()
    assert host.serve_all(writing) == 0
    os.close(writing)
    assert os.read(reading, 100) == host.READY
    os.close(reading)
    first.withdraw()
    first.release()
