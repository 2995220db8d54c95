"""Studies made up without training."""

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from search_spaces import names

EVIL = '"><script>alert(1)</script>'
BASELINES = {"current": (0.7, 3.0), "equal": (0.6, 2.5), "single:a": (0.9, 9.0), "single:b": (0.5, 2.0)}
POINTS = [(0.80, 2.5), (0.85, 3.0), (0.75, 2.2), (0.6, 5.0), (0.89, 6.0), (0.83, 2.8)]
SEARCHED_LOSSES = ("Huber", "LogCosh")


def meta(outputs=("a", "b"), directions=("max", "min"), name="s"):
    objectives = [
        {"name": f"{o}/m", "output": o, "metric": "m", "direction": d} for o, d in zip(outputs, directions, strict=True)
    ]
    data = {"fingerprint": "f", "rows": 9, "validation_rows": 3}
    return {"schema": 1, "name": name, "objectives": objectives, "outputs": list(outputs), "space": {}, "epochs": 2,
            "batch_size": 8, "seed": 0, "data": data, "versions": {"keras": "3"}}  # fmt: skip


def make_study(values, baselines=None, about=None, states=()):
    about = about or meta()
    directions = ["maximize" if o["direction"] == "max" else "minimize" for o in about["objectives"]]
    study = optuna.create_study(directions=directions)
    study.set_user_attr(names.STUDY, about)
    for value in [*(baselines or {}).items(), *((None, v) for v in values)]:
        add(study, about, *value)
    for state in states:
        add(study, about, None, None, state)
    return study


def add(study, about, baseline, value, state=names.COMPLETE):
    loss = {"class_name": "Huber", "config": {"delta": 2.0}}
    candidate = {
        "learning_rate": 1e-3,
        "optimizer": {"class_name": "Adam", "config": {}},
        "losses": dict.fromkeys(about["outputs"], loss),
        "weights": {o: 1.0 + i for i, o in enumerate(about["outputs"])},
        "hyperparameters": {"units": 8},
    }
    outcome = {"state": state, "reason": "" if value else "why", "epochs": 1, "seconds": 1.5, "engine": "fit"}
    outcome["history"] = [list(value)] if value else []
    attributes = {names.CANDIDATE: candidate, names.SEED: 0, names.OUTCOME: outcome}
    if baseline:
        attributes[names.BASELINE] = baseline
    if state == names.RUNNING:
        del attributes[names.OUTCOME]
    optuna_state = {
        names.COMPLETE: TrialState.COMPLETE,
        names.PRUNED: TrialState.PRUNED,
        names.RUNNING: TrialState.RUNNING,
    }
    study.add_trial(
        create_trial(state=optuna_state.get(state, TrialState.FAIL), values=list(value) if value else None, user_attrs=attributes)
    )


def searched_study(count=80, seed=0):
    """`a` grows with the share of its weight alone; `b` depends on which loss it has alone."""
    random, about = np.random.default_rng(seed), meta()
    study = make_study([], BASELINES, about)
    for number in range(count):
        weight, loss, rate = random.uniform(0.1, 10), SEARCHED_LOSSES[random.integers(2)], float(10 ** random.uniform(-4, -2))
        share = weight / (1 + weight)
        candidate = {
            "learning_rate": rate,
            "optimizer": {"class_name": "Adam", "config": {}},
            "losses": {"a": {"class_name": "Huber", "config": {}}, "b": {"class_name": loss, "config": {}}},
            "weights": {"a": weight, "b": 1.0},
            "hyperparameters": {},
        }
        values = [0.5 + 0.4 * share, (2.0 if loss == "Huber" else 4.0) + 0.1 * random.random()]
        outcome = {"state": names.COMPLETE, "reason": "", "epochs": 1, "seconds": 1.0, "engine": "fit", "history": [values]}
        study.add_trial(
            create_trial(
                params={names.LEARNING_RATE: rate, names.weight("a"): weight, names.loss("b"): loss},
                distributions={
                    names.LEARNING_RATE: FloatDistribution(1e-4, 1e-2, log=True),
                    names.weight("a"): FloatDistribution(0.1, 10),
                    names.loss("b"): CategoricalDistribution(SEARCHED_LOSSES),
                },
                values=values,
                user_attrs={names.CANDIDATE: candidate, names.SEED: number, names.OUTCOME: outcome},
            )
        )
    return study
