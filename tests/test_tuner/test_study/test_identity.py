"""What makes two searches the same study, and which data count as the same."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from search_spaces import InputError, SearchSpace, names
from tests.conftest import make_model
from tuner import Objective
from tuner.inputs import fingerprint, training_data, validation_arrays


def test_a_study_of_another_search_is_refused_with_the_difference(data, make_tuner, instant):
    make_tuner().search(**data, n_trials=1)
    with pytest.raises(InputError, match=r"(?s)holds trials of another search.*epochs: the study has 2, this call has 3"):
        make_tuner().search(**(data | {"epochs": 3}), n_trials=1)
    space = SearchSpace.from_dict(make_tuner().space.to_dict() | {"learning_rate": [1e-5, 1e-1]})
    with pytest.raises(InputError, match=r"space.learning_rate: the study has \[0.001, 0.1\]"):
        make_tuner(space=space).search(**data, n_trials=1)
    fresh = make_tuner(space=space, overwrite=True)
    fresh.search(**data, n_trials=1)
    assert len(fresh.study.trials) == 5


def narrow():
    inputs = keras.Input((6,))
    heads = {"urgent": keras.layers.Dense(1, name="urgent")(inputs), "kind": keras.layers.Dense(3, name="kind")(inputs)}
    return compiled(keras.Model(inputs, heads), 1e-2)


def compiled(model, rate):
    model.compile(keras.optimizers.RMSprop(rate), make_model().loss, loss_weights={"urgent": 1.0, "kind": 0.2})
    return model


@pytest.mark.parametrize(
    ("tuner", "search", "difference"),
    [
        ({}, {"shuffle": False}, "shuffle: the study has True, this call has False"),
        ({"model": narrow}, {}, "model.parameters: the study has 48, this call has 28"),
        ({"model": lambda: compiled(make_model(), 2e-2)}, {}, "current.learning_rate: the study has 0.01, this call has 0.02"),
        ({"threshold": 0.9}, {}, "metrics: the study has"),
        ({}, {"weighted": ("kind", "urgent")}, "data.fingerprint: the study has"),
    ],
)
def test_whatever_would_make_trials_differ_is_part_of_a_study(tuner, search, difference, data, make_tuner, instant):
    def run(threshold=0.5, weighted=("urgent", "kind"), model=make_model, **settings):
        accuracy = keras.metrics.BinaryAccuracy(threshold=threshold, name="hits")
        objectives = [Objective("urgent", accuracy), Objective("kind", "accuracy")]
        weights = {weighted[0]: np.full(240, 0.5)}
        tuner = make_tuner(model, space=make_tuner().space, objectives=objectives)
        tuner.search(**(data | {"epochs": 1} | settings), n_trials=1, sample_weight=weights)

    run()
    run()
    with pytest.raises(InputError) as caught:
        run(**tuner, **search)
    assert difference in str(caught.value)


def test_a_dataset_that_shuffles_is_the_same_data_each_time(data, make_tuner, instant):
    def shuffled(x, y):
        return tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(64)

    def search(tuner, y, n_trials):
        held_out = shuffled(*data["validation_data"])
        tuner.search(shuffled(data["x"], y), validation_data=held_out, epochs=1, n_trials=n_trials, verbose=0)

    search(make_tuner(), data["y"], 1)
    search(make_tuner(), data["y"], 2)
    wider = data["y"] | {"urgent": data["y"]["urgent"].astype("float64")}
    with pytest.raises(InputError, match="data.fingerprint: the study has '"):
        search(make_tuner(), wider, 2)


def test_rows_of_a_dataset_that_does_not_shuffle_keep_their_order(data, make_tuner, instant):
    def stored_fingerprint(name, held_out):
        tuner = make_tuner(project_name=name)
        tuner.search(**(data | {"validation_data": held_out}), n_trials=1)
        return tuner.study.user_attrs[names.STUDY]["data"]["validation_fingerprint"]

    x, y = data["validation_data"]
    reversed_rows = x[::-1], {name: target[::-1] for name, target in y.items()}
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
    arrays = stored_fingerprint("arrays", (x, y))
    assert stored_fingerprint("dataset", dataset) == arrays
    assert stored_fingerprint("reversed", reversed_rows) != arrays


def test_a_dataset_shuffled_once_has_one_fingerprint():
    x = np.arange(40.0)[:, None]
    marks, once = set(), {"reshuffle_each_iteration": False}
    for seed in (1, 2):
        dataset = tf.data.Dataset.from_tensor_slices((x, x)).shuffle(40, seed=seed, **once).batch(8).prefetch(1)
        marks.add((training_data(dataset, None, None, ["a"]).fingerprint, fingerprint(validation_arrays(dataset, ["a"]))))
    assert len(marks) == 1


class Silent(keras.metrics.MeanAbsoluteError):
    """A metric of one's own that cannot say its settings."""

    def get_config(self):
        raise NotImplementedError


@pytest.mark.parametrize("metric", [Silent(name="own"), keras.metrics.MeanMetricWrapper(lambda y, p: p - y, name="own")])
def test_a_metric_need_not_say_its_settings(metric, data, make_tuner, instant):
    tuner = make_tuner(objectives=[Objective("kind", metric, "max"), Objective("urgent", "auc")])
    tuner.search(**data | {"n_trials": 1})
    assert tuner.study.user_attrs[names.STUDY]["metrics"][0]["class_name"] == type(metric).__name__
