"""Studies of earlier releases that use what is computed otherwise now."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import optuna
import pytest
from optuna.trial import create_trial

import tests.studies
from search_spaces import InputError, SearchSpace, names
from tests.conftest import small_search
from tests.studies.make import make_tuner
from tuner.storage import load_stored
from tuner.study import Resumption, StudyDesign, check_resumption
from tuner.study._semantics import CHANGES, refusals


def model(outputs=("a", "b"), extra=None, dtype=None, named=False):
    inputs = keras.Input((2,))
    hidden = inputs if extra is None else extra(inputs)
    heads = {name: keras.layers.Dense(1, name=name, dtype=dtype)(hidden) for name in outputs}
    return keras.Model(inputs, heads if named else list(heads.values()))


def resumption(
    semantics=1, outcomes=(), built=None, given=False, y=None, function=None, weight=None, shuffle=False, data=(), **space
):
    study = optuna.create_study(directions=["maximize", "minimize"])
    study.set_user_attr(names.STUDY, {"versions": {"loss-weight-tuner": "0.1.0"}, "semantics": semantics, "data": dict(data)})
    for outcome in outcomes:
        study.add_trial(create_trial(state=optuna.trial.TrialState.FAIL, user_attrs={names.OUTCOME: outcome}))
    built = built or model()
    training = SimpleNamespace(
        architecture=SimpleNamespace(given=given),
        outputs=("a", "b"),
        data=SimpleNamespace(y=y, arrays=object()),
        validation=SimpleNamespace(weights=(weight, None)),
        measures=[SimpleNamespace(output="a", function=function)],
        shuffle=shuffle,
    )
    design = StudyDesign(SearchSpace(**({"outputs": {"a": "mse", "b": "mse"}, "optimizer": "adam"} | space)), None)
    return Resumption(study, design, training, built)


def ignoring():
    return {"a": keras.losses.SparseCategoricalCrossentropy(ignore_class=-1), "b": "mse"}


USES = {
    "dropout": lambda **more: resumption(built=model(extra=keras.layers.Dropout(0.5)), given=True, **more),
    "Normalization": lambda **more: resumption(
        built=model(extra=keras.layers.Normalization(mean=0, variance=1)), given=True, **more
    ),
    "mixed precision": lambda **more: resumption(built=model(dtype="mixed_bfloat16"), **more),
    "use_ema": lambda **more: resumption(optimizer=keras.optimizers.Adam(use_ema=True), **more),
    "ignore_class": lambda **more: resumption(outputs=ignoring(), **more),
    "list of targets": lambda **more: resumption(built=model(named=True), y=[1, 2], **more),
    "sample weights": lambda **more: resumption(function=max, weight=np.ones(3), **more),
    "SGD": lambda **more: resumption(optimizer="sgd", **more),
    "clipping": lambda **more: resumption(optimizer=keras.optimizers.Adam(clipnorm=1.0), **more),
    "fit engine": lambda **more: resumption(outcomes=[{"state": "complete", "engine": "fit"}], shuffle=True, **more),
    "diverged": lambda **more: resumption(outcomes=[{"state": names.DIVERGED}], **more),
    "dataset": lambda **more: resumption(data={"rows": None}, **more),
}


@pytest.mark.parametrize("feature", USES)
def test_a_study_of_0_1_that_uses_a_changed_feature_is_refused(feature):
    (reason,) = refusals(USES[feature]())
    assert feature in reason
    with pytest.raises(InputError, match=r"was begun by loss-weight-tuner 0\.1\.0, which computed otherwise"):
        check_resumption(USES[feature](), {})
    assert list(refusals(USES[feature](semantics=names.SEMANTICS))) == []


def test_other_studies_of_0_1_go_on():
    assert list(refusals(resumption())) == []
    assert list(refusals(resumption(built=model(extra=keras.layers.Dropout(0.5))))) == []
    assert list(refusals(resumption(outcomes=[{"state": "complete", "engine": "fused"}], shuffle=True))) == []


def test_each_change_is_one_of_this_release_or_an_earlier_one():
    assert all(1 < change.since <= names.SEMANTICS for change in CHANGES)
    assert max(change.since for change in CHANGES) == names.SEMANTICS


def test_a_stored_study_of_0_1_is_refused_by_its_trials(tmp_path, instant):
    folder = Path(shutil.copytree(Path(tests.studies.__file__).parent / "0.1.0", tmp_path / "study"))
    study, _ = load_stored(None, folder, "study")
    study.add_trial(create_trial(state=optuna.trial.TrialState.FAIL, user_attrs={names.OUTCOME: {"state": names.DIVERGED}}))
    before = (folder / "journal.log").read_bytes()
    with pytest.raises(InputError, match="the sampler took no notice of trials that diverged"):
        make_tuner(tmp_path).search(**small_search(), n_trials=9)
    assert (folder / "journal.log").read_bytes() == before
