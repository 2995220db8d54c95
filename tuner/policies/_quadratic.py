"""Small quadratic programs in the weights of a few gradients, solved exactly by trying every set of weights that may be free.

Matrices are inner products of gradients, shape (outputs, outputs); there are 2ⁿ sets, each a system of n equations, and all of
them are solved at once. A ridge of 1e-6 of the mean squared length keeps parallel gradients apart.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import tensorflow as tf

MOST_OUTPUTS = 8
_RIDGE = 1e-6
_TOLERANCE = 1e-6


def scaled(gram: Any) -> tuple[Any, Any]:
    """The matrix divided by its mean squared length, with a ridge; and that mean."""
    size = int(gram.shape[0])
    mean = tf.maximum(tf.linalg.trace(gram) / size, np.finfo(gram.dtype.as_numpy_dtype).tiny)
    return gram / mean + _RIDGE * tf.eye(size, dtype=gram.dtype), mean


def free_sets(outputs: int, like: Any, empty: bool = False) -> Any:
    """Which weights are free, one set a row: shape (sets, outputs), ones and zeros."""
    sets = [row for row in itertools.product((0.0, 1.0), repeat=outputs) if empty or any(row)]
    return tf.constant(sets, like.dtype)


def solve_free(matrix: Any, free: Any, right: Any) -> Any:
    """Solves the rows and columns of a positive definite matrix that are free; 0 elsewhere.

    Args:
        matrix: Shape (n, n).
        free: Shape (sets, n).
        right: Shape (sets, n).

    Returns:
        Shape (sets, n).
    """
    size = int(free.shape[1])
    both = free[:, :, None] * free[:, None, :]
    rows = matrix * both + tf.linalg.diag(1 - free)
    system = tf.concat([rows, (right * free)[:, :, None]], axis=2)
    for at in range(size):  # Gauss and Jordan; positive definite, so without looking for a pivot
        pivot = system[:, at : at + 1, :] / system[:, at : at + 1, at : at + 1]
        others = tf.constant(1.0 - np.eye(size)[at], system.dtype)[None, :, None]
        system = others * (system - system[:, :, at : at + 1] * pivot) + (1 - others) * pivot
    return system[:, :, size]


def least(values: Any, allowed: Any, points: Any) -> Any:
    """The point of the least value among those that are allowed.

    Args:
        values: Shape (sets,).
        allowed: Shape (sets,), bool.
        points: Shape (sets, n).
    """
    usable = allowed & tf.math.is_finite(values)
    costs = tf.where(usable, values, tf.constant(np.inf, values.dtype))
    first = tf.argmin(costs, output_type=tf.int32)
    chosen = tf.one_hot(first, int(points.shape[0]), dtype=points.dtype)
    return tf.reduce_sum(tf.where(chosen[:, None] > 0, points, tf.zeros_like(points)), axis=0)


def quadratic(matrix: Any, points: Any) -> Any:
    """pᵀ M p of each point, shape (sets,)."""
    return tf.reduce_sum(tf.linalg.matmul(points, matrix) * points, axis=1)


def shortest(gram: Any) -> Any:
    """The weights on the simplex whose combination of the gradients is the shortest."""
    matrix, _ = scaled(gram)
    free = free_sets(int(gram.shape[0]), gram)
    points = solve_free(matrix, free, free)
    points /= tf.reduce_sum(points, axis=1, keepdims=True)
    return least(quadratic(matrix, points), tf.reduce_all(points >= -_TOLERANCE, axis=1), points)


def averse(gram: Any, reach: float) -> Any:
    """The w on the simplex of least (g_w · g₀) + reach ‖g₀‖ ‖g_w‖, with g₀ the mean gradient and g_w the combination by w.

    On each face of the simplex the first-order condition b + c A w / √(wᵀAw) = m 1 makes w a multiple of A⁻¹(m 1 − b), and m the
    root of a quadratic equation; a face of one corner has nothing to solve.
    """
    matrix, _ = scaled(gram)
    size = int(gram.shape[0])
    mean = tf.reduce_mean(matrix, axis=1)
    bound = reach * tf.sqrt(tf.reduce_mean(mean))
    free = free_sets(size, gram)
    right = tf.broadcast_to(mean, tf.shape(free)) * free
    ones, means = solve_free(matrix, free, free), solve_free(matrix, free, right)
    a, b = tf.reduce_sum(free * ones, axis=1), tf.reduce_sum(free * means, axis=1)
    c = tf.reduce_sum(right * means, axis=1) - tf.square(bound)
    root = tf.sqrt(tf.maximum(tf.square(b) - a * c, 0))
    corners = tf.eye(size, dtype=gram.dtype)
    faces = [multiple[:, None] * ones - means for multiple in ((b + root) / a, (b - root) / a)]
    points = tf.concat([face / tf.reduce_sum(face, axis=1, keepdims=True) for face in faces] + [corners], axis=0)
    values = tf.linalg.matvec(points, mean) + bound * tf.sqrt(tf.maximum(quadratic(matrix, points), 0))
    return least(values, tf.reduce_all(points >= -_TOLERANCE, axis=1), points)


def in_no_conflict(gram: Any) -> Any:
    """The mean of the gradients, each projected onto the cone of directions that no gradient points against: its weights.

    The projection of the i-th one has the weights v of least vᵀ A v with v ≥ 1 at i and ≥ 0 elsewhere.
    """
    matrix, _ = scaled(gram)
    size = int(gram.shape[0])
    sets = free_sets(size, gram, empty=True)
    free, bound = tf.tile(sets, [size, 1]), tf.repeat(tf.eye(size, dtype=gram.dtype), 2**size, axis=0)
    fixed = (1 - free) * bound
    points = solve_free(matrix, free, -tf.linalg.matmul(fixed, matrix)) + fixed
    values, allowed = quadratic(matrix, points), tf.reduce_all(points >= bound - _TOLERANCE, axis=1)
    each = range(0, size * 2**size, 2**size)
    return (
        tf.add_n([least(values[at : at + 2**size], allowed[at : at + 2**size], points[at : at + 2**size]) for at in each]) / size
    )
