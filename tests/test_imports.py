"""What is imported where, seen in fresh processes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("search_spaces", "reports", "tuner")


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("search_spaces", "keras tensorflow optuna pandas keras_tuner"),
        ("reports", "keras tensorflow keras_tuner"),
        ("tuner", "keras tensorflow optuna pandas keras_tuner"),
        ("tuner.production", "optuna pandas plotly keras_tuner pydantic typer rich sqlalchemy"),
    ],
)
def test_a_package_imports_no_more_than_it_needs(module, absent):
    code = f"import {module}, sys; print([name for name in {absent.split()!r} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == "[]", ended.stdout + ended.stderr


def test_names_need_the_standard_library_alone():
    code = "import search_spaces.names, sys; print([n for n in ('numpy', 'keras', 'optuna') if n in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == "[]"


def imports_of(path):
    """(module, name) of every `from module import name` of this project in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            yield from ((node.module, alias.name) for alias in node.names)


def is_foreign(path, module, name):
    """Whether a file takes something private from a room that it does not lie in."""
    room = ".".join(path.relative_to(ROOT).parent.parts)
    parts = module.split(".")
    home = next((".".join(parts[:at]) for at, part in enumerate(parts) if part.startswith("_")), module)
    return (home != module or name.startswith("_")) and f"{room}.".startswith(f"{home}.") is False


@pytest.mark.parametrize("folder", [*PACKAGES, "benchmarks", "examples"])
def test_what_rooms_share_is_public(folder):
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    found = [(str(path.relative_to(ROOT)), *one) for path in files for one in imports_of(path) if is_foreign(path, *one)]
    assert found == []
