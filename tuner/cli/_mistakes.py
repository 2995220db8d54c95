"""How the command ends where something is wrong: one sentence and an exit status."""

from __future__ import annotations

import errno
import os
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from search_spaces import InputError

_HERE = Path(__file__).parents[2]
_OURS = tuple(str(_HERE / package) + os.sep for package in ("tuner", "search_spaces", "reports"))
_LIBRARIES = tuple({sysconfig.get_path(key) + os.sep for key in ("stdlib", "platstdlib", "purelib", "platlib")})


_REFUSALS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EIO,
)


@contextmanager
def without_traceback() -> Iterator[None]:
    """Says a mistake in one sentence: status 2 for what was given, 1 for what the machine refuses.

    Functions that the study file names are the person's own: what they raise is said with the line that raised it. An error
    that comes from nowhere in the person's files keeps its traceback.
    """
    from tuner._errors import StudyStopped

    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except (InputError, StudyStopped) as error:
        _end(str(error), 1 if _is_of_the_machine(error.__cause__) else 2, error)
    except Exception as error:
        place = own_place(error)
        if place and not _is_of_the_machine(error):
            _end(f"{place}: {one_line(error)}", 2, error)
        if _is_of_the_machine(error) or (isinstance(error, FileNotFoundError) and error.filename):
            _end(f"{_reason(error)}. What was finished is kept.", 1, error)
        raise


def _is_of_the_machine(error: BaseException | None) -> bool:
    """Whether a disk, permissions or a database refused, of which a traceback tells nothing."""
    refused = isinstance(error, OSError) and error.errno in _REFUSALS
    return refused or type(error).__module__.startswith(("sqlalchemy.", "optuna.exceptions"))


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror}: {str(error.filename or 'a file')!r}"
    first = str(error.__cause__ or error).strip().splitlines()[0]
    return f"the storage refused ({first})"


def own_place(error: BaseException) -> str:
    """The innermost line of the person's own code that an error came through; empty where there is none.

    Args:
        error: Was raised, or is the syntax error of a file.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith((*_OURS, *_LIBRARIES, "<"))]
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else ""


def one_line(error: BaseException) -> str:
    """The error's class and the first line that it says."""
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {said.strip().partition(chr(10))[0][:300]}".removesuffix(": ")


def _end(text: str, status: int, error: BaseException) -> None:
    typer.echo(f"Error: {text}", err=True)
    raise typer.Exit(status) from error
