"""Configurations and study files that were changed at random: reading one ends well, or with the documented error."""

from __future__ import annotations

import json
import random
import string
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import tomlkit

from examples import tickets

_LEAVES = [
    None,
    True,
    0,
    -1,
    1e308,
    -1e-308,
    float("nan"),
    float("inf"),
    2**80,
    "",
    "adam",
    "\x00",
    "🙂" * 9,
    [],
    {},
    [[]],
    {"": {}},
]


def fuzz(quick: bool) -> list[dict[str, Any]]:
    """Changes good files in one to four places, as text or as data, and reads them."""
    count = {"config": 2_000 if quick else 100_000, "study": 500 if quick else 20_000}
    return [row for kind, number in count.items() for row in _outcomes(kind, number)]


def _outcomes(kind: str, count: int) -> list[dict[str, Any]]:
    random_, read, outcomes = random.Random(0), READERS[kind](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for _ in range(count):
            path.write_bytes(changed(kind, random_))
            try:
                outcomes[read(path)] += 1
            except Exception as error:  # noqa: BLE001  what is looked for
                outcomes[f"{type(error).__name__}: {error}"[:80]] += 1
    allowed = {"read", "refused"}
    return [{"file": kind, "outcome": name, "files": number, "holds": name in allowed} for name, number in outcomes.most_common()]


def _reader_of_configurations() -> Callable[[Path], str]:
    from tuner.production import load_config

    return _refusing(load_config)


def _reader_of_study_files() -> Callable[[Path], str]:
    from tuner.cli import read_study_file

    return _refusing(read_study_file)


def _refusing(read: Callable[[Path], Any]) -> Callable[[Path], str]:
    from search_spaces import InputError

    def reader(path: Path) -> str:
        try:
            read(path)
        except InputError:
            return "refused"
        return "read"

    return reader


READERS = {"config": _reader_of_configurations, "study": _reader_of_study_files}
"""What makes a function that reads a file and says whether it was read or refused; any other error is a fault."""

SEEDS: dict[str, Callable[[], bytes]] = {
    "config": lambda: json.dumps(_good()).encode(),
    "study": (Path(tickets.__file__).parent / "study.toml").read_bytes,
}
"""A good file of each kind."""


def _good() -> dict[str, Any]:
    loss = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True, "label_smoothing": 0.1}}
    return {
        "schema": "loss-weight-tuner/best",
        "version": 1,
        "learning_rate": 0.003,
        "optimizer": {"class_name": "RMSprop", "config": {"rho": 0.8, "momentum": 0.1}},
        "losses": {"priority": loss, "department": {"class_name": "CategoricalCrossentropy", "config": {}}},
        "loss_weights": {"priority": 1.0, "department": 0.2},
        "hyperparameters": {"units": 8},
        "epochs": 6,
        "batch_size": 128,
        "objectives": [{"name": "priority/auc", "output": "priority", "metric": "auc", "direction": "max", "value": 0.9}],
        "study": {"name": "tickets", "trial": 3},
        "versions": {"keras": "3.14"},
        "fingerprints": {"outputs": {"priority": [None, 1], "department": [None, 4]}, "data": "abc"},
        "evidence": {},
        "created": "2026-01-01T00:00:00+00:00",
    }


def changed(kind: str, random_: random.Random) -> bytes:
    """A good file of this kind with something wrong in it, most likely."""
    text = SEEDS[kind]()
    plain = json.loads(text) if kind == "config" else tomllib.loads(text.decode())
    for _ in range(random_.randint(1, 4)):
        _change(plain, random_)
    try:
        text = (json.dumps(plain) if kind == "config" else tomlkit.dumps(plain)).encode()
    except (tomlkit.exceptions.TOMLKitError, ValueError, TypeError):  # TOML has no null: the good text is torn instead
        return _torn(text, random_)
    return _torn(text, random_) if random_.random() < 0.3 else text


def _change(content: Any, random_: random.Random) -> None:
    """Walks down to somewhere, and puts something else there, or takes it away, or adds to it."""
    while isinstance(content, dict | list) and content:
        keys = list(content) if isinstance(content, dict) else list(range(len(content)))
        key = random_.choice(keys)
        if isinstance(content[key], dict | list) and content[key] and random_.random() < 0.7:
            content = content[key]
            continue
        kind = random_.random()
        if kind < 0.2:
            del content[key]
        elif kind < 0.3 and isinstance(content, dict):
            content["".join(random_.choices(string.printable, k=5))] = deepcopy(random_.choice(_LEAVES))
        elif kind < 0.5 and isinstance(content[key], str):
            content[key] = content[key][::-1]
        else:
            content[key] = deepcopy(random_.choice(_LEAVES))
        return


def _torn(text: bytes, random_: random.Random) -> bytes:
    """Cut, doubled or with another byte."""
    at = random_.randrange(len(text))
    kind = random_.random()
    if kind < 0.4:
        return text[:at]
    if kind < 0.8:
        return text[:at] + bytes([random_.randrange(256)]) + text[at + 1 :]
    return text[:at] + text[random_.randrange(len(text)) :]
