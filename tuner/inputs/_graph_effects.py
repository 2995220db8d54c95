"""What a traced function does beside giving results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_RANDOM = (
    *("Random", "TruncatedNormal", "Multinomial", "ParameterizedTruncatedNormal", "RngReadAndSkip"),
    *("StatefulRandom", "StatefulStandardNormal", "StatefulTruncatedNormal", "StatefulUniform"),
)
_PYTHON = ("PyFunc", "EagerPyFunc", "PyFuncStateless")
_ASSIGNS = ("Assign", "ResourceScatter", "ResourceApply")


def graph_effects(graph: Any) -> Iterator[str]:
    """Operations that have an effect, or draw random numbers of their own, in the graph and in the functions it calls."""
    definition = graph.as_graph_def()
    for node in [*definition.node, *(node for function in definition.library.function for node in function.node_def)]:
        kind = node.op
        if kind.startswith(_RANDOM):
            yield f"a layer draws random numbers by tf.random ({kind}); keras.random with a SeedGenerator trains in lanes"
        elif kind in _PYTHON:
            yield "a layer calls Python code at every step (tf.py_function or tf.numpy_function)"
        elif kind.startswith(_ASSIGNS) and ("Variable" in kind or "Resource" in kind):
            yield "a layer assigns a tf.Variable when it is called; a keras.Variable (add_weight) trains in lanes"
