"""Calls a function in a process of its own, so that one measurement's memory and traces do not weigh on the next."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from typing import Any


class BenchmarkError(RuntimeError):
    """A measurement could not be made; the message says why."""


def call(function: str, **arguments: Any) -> Any:
    """What the function returns, called in a new process.

    Args:
        function: `module:name`; takes and returns what JSON can hold.
        arguments: The function's arguments.

    Raises:
        BenchmarkError: It raised; the message has the end of what it wrote to stderr.
    """
    command = [sys.executable, "-m", "benchmarks.fresh", function, json.dumps(arguments)]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    lines = ended.stdout.splitlines()
    if ended.returncode or not lines:
        said = "\n".join(ended.stderr.strip().splitlines()[-12:])
        raise BenchmarkError(f"{function} with {arguments} ended with status {ended.returncode}:\n{said}")
    return json.loads(lines[-1])


def main(function: str, arguments: str) -> None:
    """Prints the function's result as one line of JSON; whatever the function itself prints goes to stderr."""
    module, name = function.split(":")
    with redirect_stdout(sys.stderr):
        result = getattr(importlib.import_module(module), name)(**json.loads(arguments))
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
