"""Each weighting policy against its formula, by a slow plain twin."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize

from tuner.policies import POLICIES, Step

EXACT = 1e-9
SOLVED = 2e-3
"""How well scipy's general solvers find what ours solves exactly but for a ridge of 1e-6."""

RATE = 0.01
RANDOM = np.random.default_rng(0)
LOSSES = RANDOM.uniform(0.1, 3.0, (6, 3))
GRADIENTS = [RANDOM.normal(size=(3, 20)) * [[1.0], [5.0], [0.2]] for _ in range(6)]
CONFLICT = np.array([[1.0, 0.1, 0.0], [-0.9, 0.3, 0.2], [0.1, -1.0, 0.4]])
"""Every gradient points against another one."""

NUMBERS = RANDOM.normal(size=(6, 3, 3))


def told(losses, gradients=None, random=None):
    gram = None if gradients is None else tf.constant(gradients @ gradients.T)
    return Step(tf.constant(losses), tf.constant(RATE, "float64"), tf.constant(NUMBERS[0] if random is None else random), gram)


def state_of(policy, outputs=3):
    return {name: tf.constant(np.asarray(value, "float64")) for name, value in policy.initial(outputs).items()}


def weights_over_steps(name, gradients=None, after=None, epoch=3):
    """The trunk's weights at each of six steps, an epoch ending after every so many of them."""
    policy, made = POLICIES[name](), []
    state = state_of(policy)
    for at, losses in enumerate(LOSSES):
        weights, state = policy.weigh(told(losses, None if gradients is None else gradients[at], NUMBERS[at]), state)
        if after is not None:
            state = policy.learn(tf.constant(after[at]), state)
        if (at + 1) % epoch == 0:
            state = policy.end_epoch(tf.constant(LOSSES[at + 1 - epoch : at + 1].mean(axis=0)), state)
        made.append(weights.trunk.numpy())
    return np.array(made)


def slope(function, at, size=1e-6):
    """The derivative of a function of a vector, by central differences."""
    steps = np.eye(len(at)) * size
    return np.array([(function(at + step) - function(at - step)) / (2 * size) for step in steps])


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


class PlainAdam:
    def __init__(self, start, rate):
        self.x, self.rate, self.m, self.v, self.t = np.array(start, float), rate, 0.0, 0.0, 0

    def step(self, gradient):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * gradient
        self.v = 0.999 * self.v + 0.001 * gradient**2
        self.x = self.x - self.rate * (self.m / (1 - 0.9**self.t)) / (np.sqrt(self.v / (1 - 0.999**self.t)) + 1e-8)


def direction(name, gradients, random=None):
    """What the trunk follows."""
    policy = POLICIES[name]()
    weights, _ = policy.weigh(told(np.ones(len(gradients)), gradients, random), state_of(policy, len(gradients)))
    return weights.trunk.numpy() @ gradients


def on_simplex(cost, outputs):
    """The best point of several starts of a general solver."""
    starts = [np.ones(outputs) / outputs, *(0.8 * np.eye(outputs) + 0.2 / outputs)]
    found = [
        minimize(
            cost,
            start,
            bounds=[(0, 1)] * outputs,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-15},
        )
        for start in starts
    ]
    return min(found, key=lambda result: result.fun).x


@pytest.mark.parametrize(
    ("name", "scalarisation"),
    [
        ("equal", lambda losses, first: losses.sum()),
        ("scale_invariant", lambda losses, first: np.log(losses).sum()),
        ("geometric_mean", lambda losses, first: np.prod(losses) ** (1 / len(losses))),
        ("loss_normalised", lambda losses, first: losses.sum() if first is None else (losses / first).sum()),
        (
            "smooth_tchebycheff",
            lambda losses, first: (
                np.log(losses).sum() if first is None else len(losses) * np.log(np.exp(np.log(losses / first)).sum())
            ),
        ),
    ],
)
def test_weights_are_the_derivatives_of_what_is_minimised(name, scalarisation):
    first = LOSSES[:3].mean(axis=0)
    expected = [slope(lambda x, at=at: scalarisation(x, None if at < 3 else first), LOSSES[at]) for at in range(6)]
    np.testing.assert_allclose(weights_over_steps(name), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "objective"),
    [
        ("uncertainty", lambda losses, s: (0.5 * np.exp(-s) * losses + 0.5 * s).sum()),
        ("imtl_l", lambda losses, s: (np.exp(s) * losses - s).sum()),
    ],
)
def test_learned_scales_go_down_their_own_derivative(name, objective):
    scales, expected = PlainAdam(np.zeros(3), RATE), []
    for losses in LOSSES:
        expected.append(slope(lambda x, s=scales.x: objective(x, s), losses))
        scales.step(slope(lambda s, x=losses: objective(x, s), scales.x))
    np.testing.assert_allclose(weights_over_steps(name), expected, rtol=1e-6)


def test_dwa():
    made = weights_over_steps("dwa", epoch=2)
    means = LOSSES.reshape(3, 2, 3).mean(axis=1)
    np.testing.assert_allclose(made[:4], 1.0)
    np.testing.assert_allclose(made[4:], [3 * softmax(means[1] / means[0] / 2.0)] * 2, rtol=EXACT)


def test_rlw():
    np.testing.assert_allclose(weights_over_steps("rlw"), [softmax(numbers[0]) for numbers in NUMBERS], rtol=EXACT)


def test_famo():
    after = LOSSES * RANDOM.uniform(0.7, 1.1, LOSSES.shape)
    logits, expected = PlainAdam(np.zeros(3), 0.025), []
    for losses, later in zip(LOSSES, after, strict=True):
        z = softmax(logits.x)
        expected.append(z / losses / (z / losses).sum())
        jacobian = np.diag(z) - np.outer(z, z)
        logits.step(jacobian.T @ (np.log(losses) - np.log(later)) + 1e-3 * logits.x)
    np.testing.assert_allclose(weights_over_steps("famo", after=after), expected, rtol=1e-6)


def test_gradnorm():
    weights, expected = PlainAdam(np.ones(3), 0.025), []
    for losses, gradients in zip(LOSSES, GRADIENTS, strict=True):
        expected.append(weights.x)
        norms = np.linalg.norm(gradients, axis=1)
        behind = losses / LOSSES[0]
        target = (weights.x * norms).mean() * (behind / behind.mean()) ** 1.5
        weights.step(slope(lambda w, n=norms, t=target: np.abs(w * n - t).sum(), weights.x, 1e-9))
        weights.x = 3 * weights.x / weights.x.sum()
    np.testing.assert_allclose(weights_over_steps("gradnorm", GRADIENTS), expected, rtol=1e-5)


@pytest.mark.parametrize("gradients", [*GRADIENTS, CONFLICT])
def test_pcgrad(gradients):
    for random in NUMBERS:
        total = np.zeros(gradients.shape[1])
        for own in range(3):
            projected = gradients[own].copy()
            for other in np.argsort(random[own]):
                if other != own and projected @ gradients[other] < 0:
                    projected -= projected @ gradients[other] / (gradients[other] @ gradients[other]) * gradients[other]
            total += projected
        np.testing.assert_allclose(direction("pcgrad", gradients, random), total, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("gradients", [*GRADIENTS, CONFLICT, CONFLICT[:2]])
def test_mgda(gradients):
    shares = on_simplex(lambda w: (w @ gradients) @ (w @ gradients), len(gradients))
    np.testing.assert_allclose(direction("mgda", gradients), shares @ gradients, atol=SOLVED)


@pytest.mark.parametrize("gradients", [*GRADIENTS, CONFLICT, CONFLICT[:2]])
def test_cagrad(gradients):
    mean = gradients.mean(axis=0)
    reach = 0.5 * np.linalg.norm(mean)
    shares = on_simplex(lambda w: (w @ gradients) @ mean + reach * np.linalg.norm(w @ gradients), len(gradients))
    mixed = shares @ gradients
    expected = (mean + reach * mixed / np.linalg.norm(mixed)) / 1.25
    np.testing.assert_allclose(direction("cagrad", gradients), expected, atol=SOLVED * np.abs(expected).max())


@pytest.mark.parametrize("gradients", [*GRADIENTS, CONFLICT, CONFLICT[:2]])
def test_nash_mtl(gradients):
    policy, count = POLICIES["nash_mtl"](), len(gradients)
    weights, _ = policy.weigh(told(np.ones(count), gradients), state_of(policy, count))
    gram = gradients @ gradients.T
    gram /= np.linalg.norm(gram)
    alpha = weights.heads.numpy()
    np.testing.assert_allclose(gram @ alpha, 1 / alpha, rtol=SOLVED)
    assert (alpha > 0).all()
    followed = weights.trunk.numpy() @ gradients
    assert np.linalg.norm(followed) <= 1 + EXACT
    np.testing.assert_allclose(
        followed / np.linalg.norm(followed), alpha @ gradients / np.linalg.norm(alpha @ gradients), rtol=EXACT
    )


@pytest.mark.parametrize("gradients", [*GRADIENTS, CONFLICT, CONFLICT[:2]])
def test_upgrad(gradients):
    projected = []
    for gradient in gradients:  # the nearest direction that no gradient points against
        against = {"type": "ineq", "fun": lambda d: gradients @ d, "jac": lambda d: gradients}
        found = minimize(
            lambda d, g=gradient: ((d - g) ** 2).sum(),
            gradient,
            jac=lambda d, g=gradient: 2 * (d - g),
            constraints=against,
            options={"ftol": 1e-14, "maxiter": 500},
        )
        projected.append(found.x)
    expected = np.mean(projected, axis=0)
    np.testing.assert_allclose(direction("upgrad", gradients), expected, atol=SOLVED * np.abs(expected).max())


@pytest.mark.parametrize("name", [name for name, policy in POLICIES.items() if policy.needs_gradients])
@pytest.mark.parametrize(
    "gradients",
    [np.zeros((2, 4)), np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([[1.0, 0.0], [-1.0, 0.0]]), np.ones((1, 3))],
    ids=["none", "parallel", "opposed", "one output"],
)
def test_degenerate_gradients_give_finite_steps(name, gradients):
    assert np.isfinite(direction(name, gradients, NUMBERS[0][: len(gradients), : len(gradients)])).all()


@pytest.mark.parametrize("name", ["mgda", "cagrad", "upgrad"])
def test_what_is_solved_never_raises_a_loss_to_first_order(name):
    """MGDA and UPGrad go against no gradient; CAGrad against none more than the mean does."""
    followed = CONFLICT @ direction(name, CONFLICT)
    assert followed.min() >= (min((CONFLICT @ CONFLICT.mean(axis=0)).min(), 0) if name == "cagrad" else 0) - 1e-6
