"""Where secrets are kept: found again, private, and given up only by name."""

import os
import stat
import threading
from pathlib import Path

import keyring.backend
import keyring.errors
import pytest

from homewit.tools import InvalidArguments, Secret
from homewit.tools.secrets import LateStore, NoKeyring, SecretStore, SecretsUnavailable, open_store
from homewit.tools.secrets.file import FileStore
from homewit.tools.secrets.system_keyring import KeyringStore


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory that can be locked."""

    name = "a ring for tests"
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def _open(self) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked, and this is hunter2")

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        del self.held[service, username]


@pytest.fixture(params=["file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SecretStore:
    if request.param == "file":
        return FileStore(tmp_path / "home" / "secrets.json")
    return KeyringStore.find(tmp_path, Ring())


def test_a_secret_is_kept_replaced_listed_and_forgotten(store: SecretStore):
    """Both places keep the same promises."""
    assert (store.get("mail"), store.names(), store.remove("mail")) == (None, [], False)
    store.put("mail", "hunter2")
    store.put("bank", "correct horse\nbattery")
    store.put("mail", "hunter3")
    assert store.get("mail") == Secret("mail", "hunter3")
    assert store.get("bank") == Secret("bank", "correct horse\nbattery")
    assert store.names() == ["bank", "mail"]
    assert (store.remove("mail"), store.get("mail"), store.names()) == (True, None, ["bank"])


@pytest.mark.parametrize("name", ["", "a b", "../x", "ä", "-x", "a" * 200])
def test_a_name_that_could_be_misread_is_refused(store: SecretStore, name: str):
    """Before anything is stored."""
    with pytest.raises(InvalidArguments, match="cannot be the name of a secret"):
        store.put(name, "hunter2")
    assert store.names() == []


@pytest.mark.parametrize("value", ["", "hunter2\0", "hunter2" * 20_000])
def test_a_value_that_cannot_be_kept_is_refused_unseen(store: SecretStore, value: str):
    """The error does not hold what it is about."""
    with pytest.raises(InvalidArguments) as refused:
        store.put("mail", value)
    assert "hunter2" not in str(refused.value)


def test_the_file_is_private_and_replaced_at_once(tmp_path: Path):
    """Nobody else may read it at any time, and nothing is left beside it but its lock."""
    old = os.umask(0)
    try:
        store = FileStore(tmp_path / "home" / "secrets.json")
        store.put("mail", "hunter2")
    finally:
        os.umask(old)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.iterdir()}
    assert modes == {"secrets.json": 0o600, "secrets.json.lock": 0o600}
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    assert store.place.endswith("which only you can read; it is not encrypted")


def test_a_file_that_others_may_read_is_not_used(tmp_path: Path):
    """Control: with the right mode the same file is read."""
    store = FileStore(tmp_path / "secrets.json")
    store.put("mail", "hunter2")
    store.path.chmod(0o644)
    with pytest.raises(SecretsUnavailable, match="Run `chmod 600"):
        store.get("mail")
    store.path.chmod(0o600)
    assert store.get("mail") == Secret("mail", "hunter2")


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path):
    """Whoever can make one could otherwise have secrets written elsewhere."""
    (tmp_path / "elsewhere").write_text('{"secrets": {"mail": "planted"}}')
    (tmp_path / "secrets.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SecretsUnavailable, match="cannot be read"):
        FileStore(tmp_path / "secrets.json").get("mail")


@pytest.mark.parametrize(
    "text", ["", "{", '{"secrets": "hunter2"}', '["hunter2"]', '{"secrets": ["hunter2"]}']
)
def test_a_damaged_file_is_told_without_what_is_in_it(tmp_path: Path, text: str):
    """Neither the message nor what it is chained to shows a value."""
    path = tmp_path / "secrets.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SecretsUnavailable, match="is damaged") as damaged:
        FileStore(path).names()
    assert "hunter2" not in str(damaged.value)
    assert damaged.value.__cause__ is None


def test_writers_do_not_lose_each_other_s_secrets(tmp_path: Path):
    """Several at a time; every secret is there at the end."""
    store = FileStore(tmp_path / "secrets.json")
    threads = [
        threading.Thread(target=lambda n=n: [store.put(f"s{n}_{k}", "x") for k in range(5)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.names()) == 20


def test_a_locked_keyring_is_an_error_that_says_what_to_do():
    """What the keyring said is not passed on, since it may hold what it was given."""
    ring = Ring()
    store = KeyringStore.find(Path("/home"), ring)
    store.put("mail", "hunter2")
    ring.locked = True
    with pytest.raises(SecretsUnavailable, match=r"did not answer \(KeyringLocked\)\. Unlock it") as locked:
        store.get("mail")
    assert "hunter2" not in str(locked.value)
    assert locked.value.__cause__ is None


def test_homes_do_not_share_a_keyring_entry():
    """Two homes keep secrets of the same name apart."""
    ring = Ring()
    one, other = (KeyringStore.find(Path(home), ring) for home in ("/a", "/b"))
    one.put("mail", "hunter2")
    assert (other.get("mail"), other.names()) == (None, [])


def test_a_keyring_that_protects_nothing_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without one the file is used, unless a keyring is demanded; a real one is taken."""
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[attr-defined]
    try:
        assert isinstance(open_store(tmp_path), FileStore)
        with pytest.raises(NoKeyring, match="There is no keyring"):
            open_store(tmp_path, "keyring")
        ring = Ring()
        keyring.set_keyring(ring)
        assert isinstance(open_store(tmp_path), KeyringStore)
        assert isinstance(open_store(tmp_path, "file"), FileStore)
    finally:
        keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[attr-defined]


def test_a_keyring_is_looked_for_when_a_secret_is_wanted(tmp_path: Path):
    """And no sooner; which one it is stays as it was found."""
    late = LateStore(tmp_path)
    ring = Ring()
    keyring.set_keyring(ring)  # type: ignore[arg-type]
    try:
        late.put("mail", "hunter2")
        found = KeyringStore.find(tmp_path, ring)
        assert (late.names(), late.place, late.encrypted) == (["mail"], found.place, True)
    finally:
        keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[attr-defined]
    assert late.get("mail") == found.get("mail")
    assert (late.remove("mail"), late.names()) == (True, [])
    assert not (tmp_path / "secrets.json").exists()


def test_what_a_killed_process_left_does_not_keep_the_next_from_writing(tmp_path: Path):
    """Its half-written file, also of a process with the same number, is taken away; it may hold secrets."""
    store = FileStore(tmp_path / "secrets.json")
    store.put("mail", "hunter2")
    for number in (os.getpid(), 1):
        (tmp_path / f"secrets.json.{number}.new").write_text('{"secrets": {"bank": "corr')
    store.put("mail", "hunter3")
    assert store.get("mail") == Secret("mail", "hunter3")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["secrets.json", "secrets.json.lock"]
