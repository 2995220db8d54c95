"""Weighting policies: rules that set the loss weights at every step, as rivals of fixed weights.

Each is one file with its formula, and one row of this table; both engines train with any of them.

Example:
    >>> import tensorflow as tf
    >>> policy = POLICIES["geometric_mean"]()
    >>> step = Step(losses=tf.constant([0.5, 2.0]), rate=tf.constant(0.01), random=tf.zeros((2, 2)))
    >>> weights, state = policy.weigh(step, policy.initial(2))
    >>> weights.trunk.numpy().round(2).tolist()
    [1.0, 0.25]
"""

from tuner.policies._policy import Policy, State, Step, Weights
from tuner.policies.cagrad import CAGrad
from tuner.policies.dwa import DynamicWeightAverage
from tuner.policies.equal import Equal
from tuner.policies.famo import Famo
from tuner.policies.geometric_mean import GeometricMean
from tuner.policies.gradnorm import GradNorm
from tuner.policies.imtl_l import ImtlL
from tuner.policies.loss_normalised import LossNormalised
from tuner.policies.mgda import Mgda
from tuner.policies.nash_mtl import NashMtl
from tuner.policies.pcgrad import PCGrad
from tuner.policies.rlw import RandomLossWeighting
from tuner.policies.scale_invariant import ScaleInvariant
from tuner.policies.smooth_tchebycheff import SmoothTchebycheff
from tuner.policies.uncertainty import Uncertainty
from tuner.policies.upgrad import UPGrad

POLICIES: dict[str, type[Policy]] = {
    policy.name: policy
    for policy in (
        Equal,
        ScaleInvariant,
        GeometricMean,
        LossNormalised,
        Uncertainty,
        ImtlL,
        DynamicWeightAverage,
        RandomLossWeighting,
        Famo,
        SmoothTchebycheff,
        GradNorm,
        PCGrad,
        Mgda,
        CAGrad,
        NashMtl,
        UPGrad,
    )
}
"""Every policy by its name."""

__all__ = ["POLICIES", "Policy", "State", "Step", "Weights"]
