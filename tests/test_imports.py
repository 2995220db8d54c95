"""What is imported where, seen in fresh processes."""

import subprocess
import sys

import pytest


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
