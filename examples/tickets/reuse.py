"""What production does: builds the model and compiles it with what the study chose.

Run as `python -m examples.tickets.reuse studies/tickets/best.json`.
"""

from __future__ import annotations

import sys

from examples.tickets.model import build
from tuner.production import load_config


def main(path: str) -> None:
    """Compiles the tickets model from a configuration and says with what."""
    config = load_config(path)
    model = config.compile(build())
    print(f"Compiled {model.name!r} from {path}: {type(model.optimizer).__name__} at {config.learning_rate:.4g},")
    print(f"weights {config.loss_weights}, to be trained for {config.epochs} epochs.")


if __name__ == "__main__":
    main(sys.argv[1])
