"""Whether multiplying all loss weights by one number leaves the training as it is."""

from __future__ import annotations

from search_spaces._optimizers import OptimizerSpec

_SCALE_FREE = ("RMSprop", "Adam", "AdamW", "Adamax", "Nadam", "Lion", "Lamb", "Muon", "Adafactor")
"""They divide each step by the gradient's own size. Adagrad, Adadelta and Ftrl start from, or add, numbers of a fixed size."""

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
_LARGEST_EPSILON = 1e-6


def only_ratios_matter(optimizer: OptimizerSpec) -> bool:
    """Whether only the ratios of the loss weights matter to an optimizer, as long as the loss has no other terms.

    Keras's weight decay is decoupled from the loss, so it changes nothing here. Clipping compares gradients with a fixed number,
    and so does a large epsilon.

    Args:
        optimizer: An optimizer with its settings.

    Example:
        >>> only_ratios_matter(OptimizerSpec("Adam")), only_ratios_matter(OptimizerSpec("SGD"))
        (True, False)
        >>> only_ratios_matter(OptimizerSpec("Adam", {"clipnorm": 1.0}))
        False
    """
    inner = optimizer.inner
    if inner.custom or inner.class_name not in _SCALE_FREE or any(inner.config.get(name) for name in _CLIPPING):
        return False
    return bool(inner.config.get("epsilon", 0.0) <= _LARGEST_EPSILON)
