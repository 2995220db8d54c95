"""Imports Keras without what TensorFlow's native code announces about the machine, before any setting can stop it."""

from __future__ import annotations

import os
import sys
import tempfile


def import_keras() -> None:
    """Imports Keras and hides what that writes to stderr, unless it fails or TensorFlow was asked to log."""
    if "keras" in sys.modules or os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "3":
        return
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            import keras  # noqa: F401
        except BaseException:
            hidden.seek(0)
            os.write(stderr, hidden.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
