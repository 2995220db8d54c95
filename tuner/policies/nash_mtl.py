"""Multi-task learning as a bargaining game."""

import tensorflow as tf

from tuner.policies._policy import Policy, State, Step, Weights, count
from tuner.policies._quadratic import solve_free

_ITERATIONS, _RIDGE, _LONGEST = 30, 1e-5, 1.0


class NashMtl(Policy):
    """The Nash bargaining solution: weights α > 0 with (GᵀG) α = 1 / α.

    That α is where ½ αᵀ(GᵀG) α − Σ log αᵢ is least, which damped Newton steps reach from anywhere. As in the authors' own code
    GᵀG is divided by its Frobenius norm first, α multiplies the heads too, and the step on the trunk is no longer than 1.
    """

    name, paper = "nash_mtl", "Navon et al. 2022, arXiv 2202.01017"
    needs_gradients = True

    def weigh(self, step: Step, state: State) -> tuple[Weights, State]:
        """The weights that solve the bargaining game."""
        norm = tf.maximum(tf.norm(step.gram), 1e-30)
        weights = bargained(step.gram / norm)
        length = tf.sqrt(tf.maximum(tf.reduce_sum(weights * tf.linalg.matvec(step.gram, weights)), 0))
        return Weights(weights * tf.minimum(_LONGEST / tf.maximum(length, 1e-30), 1), weights), state


def bargained(gram: tf.Tensor) -> tf.Tensor:
    """The α > 0 with `gram` α = 1 / α, shape (outputs,); a ridge of 1e-5 bounds it where gradients cancel out."""
    outputs = count(gram)
    scale = tf.sqrt(tf.maximum(tf.linalg.diag_part(gram), 1e-12))
    matrix = gram / (scale[:, None] * scale[None, :]) + _RIDGE * tf.eye(outputs, dtype=gram.dtype)
    point, free = tf.ones_like(scale), tf.ones((1, outputs), gram.dtype)

    def newton(point: tf.Tensor) -> list[tf.Tensor]:
        gradient = tf.linalg.matvec(matrix, point) - 1 / point
        step = solve_free(matrix + tf.linalg.diag(1 / tf.square(point)), free, gradient[None])[0]
        decrement = tf.sqrt(tf.maximum(tf.reduce_sum(gradient * step), 0))
        return [point - step / (1 + decrement)]

    (point,) = tf.while_loop(lambda _: True, newton, [point], maximum_iterations=_ITERATIONS)
    return point / scale
