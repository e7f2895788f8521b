"""One pair for each user, for all who share table and master key, until it is destroyed."""

import stat
import sys
import threading
from pathlib import Path

import pytest

from eventlog.keys import FileMasterKey, KeyStoreUnusable, SqliteKeyTable, UserKeys, master_key
from eventlog.opening import KEYS_FILE, MASTER_KEY_FILE, open_keys


def test_a_user_keeps_the_pair(tmp_path: Path) -> None:
    first = open_keys(tmp_path).key_for("ann")
    again = open_keys(tmp_path)
    assert again.find("ann") == first
    assert again.key_for("ann") == first
    assert again.key_named(first.pseudonym) == first.key
    assert again.find("bob") is None
    assert again.key_for("bob") != first


def test_a_destroyed_pair_never_comes_back(tmp_path: Path) -> None:
    keys = open_keys(tmp_path)
    first = keys.key_for("ann")
    keys.destroy(first.pseudonym)
    keys.destroy("u-nobody")
    assert keys.find("ann") is None
    assert keys.key_named(first.pseudonym) is None
    second = keys.key_for("ann")
    assert second.pseudonym != first.pseudonym
    assert second.key != first.key
    assert first.pseudonym.encode() not in (tmp_path / KEYS_FILE).read_bytes()


def test_no_user_id_is_stored(tmp_path: Path) -> None:
    open_keys(tmp_path).key_for("ann@example.com")
    assert b"ann@example" not in (tmp_path / KEYS_FILE).read_bytes()


def test_threads_agree(tmp_path: Path) -> None:
    stores = [open_keys(tmp_path) for _each in range(4)]
    found = []
    threads = [
        threading.Thread(target=lambda keys=keys: found.append(keys.key_for("ann")))
        for keys in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_secrets_have_names(tmp_path: Path) -> None:
    keys = open_keys(tmp_path)
    assert keys.secret("one") == open_keys(tmp_path).secret("one")
    assert keys.secret("one") != keys.secret("two")


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    open_keys(tmp_path)
    for name in (KEYS_FILE, MASTER_KEY_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    open_keys(tmp_path).key_for("ann")
    (tmp_path / MASTER_KEY_FILE).write_bytes(b"\1" * 32)
    with pytest.raises(KeyStoreUnusable, match="not the key"):
        open_keys(tmp_path)


@pytest.mark.parametrize("address", ["", "file:", "vault:x", "command:", "command:   "])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(KeyStoreUnusable):
        master_key(address)


def test_a_file_that_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(KeyStoreUnusable, match="32 bytes"):
        FileMasterKey(tmp_path / "key")
    with pytest.raises(KeyStoreUnusable, match="directory"):
        FileMasterKey(tmp_path)


def test_a_store_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("this is no database, and long enough to be told from one" * 20)
    with pytest.raises(KeyStoreUnusable, match="keys"):
        SqliteKeyTable(tmp_path / "keys")


KMS = """
import sys
data = sys.stdin.buffer.read()
sys.stdout.buffer.write(bytes(byte ^ 90 for byte in data))
"""


def test_a_key_behind_a_command(tmp_path: Path) -> None:
    """Stands for a key management service: the key itself is in another process."""
    program = tmp_path / "kms.py"
    program.write_text(KMS)
    master = master_key(f"command:{sys.executable} {program}")
    table = SqliteKeyTable(tmp_path / "keys")
    pair = UserKeys(table, master).key_for("ann")
    assert UserKeys(table, master).key_for("ann") == pair
    program.write_text("raise SystemExit(1)")
    with pytest.raises(KeyStoreUnusable, match="CalledProcessError"):
        master.wrap(b"x")
    with pytest.raises(KeyStoreUnusable, match="FileNotFoundError"):
        master_key("command:/no/such/program").wrap(b"x")
