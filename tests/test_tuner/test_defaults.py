"""What stands in for objectives that were left out."""

import keras
import pytest

from search_spaces import SearchSpace
from tuner._defaults import objectives_of_metrics


def one_of_unknown_direction(targets, predictions):
    return predictions


@pytest.mark.parametrize(
    ("metrics", "chosen"),
    [
        ({"kind": ["accuracy", "auc"], "urgent": "mae"}, {"kind": "kind/accuracy", "urgent": "urgent/mae"}),
        ([["auc"], ["accuracy"]], {"kind": "kind/auc", "urgent": "urgent/accuracy"}),
        ({"kind": [keras.metrics.F1Score(name="f1")]}, {"kind": "kind/f1"}),
        ({"urgent": [keras.metrics.mean_absolute_error]}, {"urgent": "urgent/mean_absolute_error"}),
        ({"urgent": [one_of_unknown_direction, "auc"]}, {}),
        (["no such metric", "accuracy"], {"urgent": "urgent/accuracy"}),
        ({"nobody": ["auc"]}, {}),
        (None, {}),
    ],
)
def test_the_first_metric_of_an_output_is_its_objective(metrics, chosen, build):
    model = build()
    model.compile("adam", loss=model.loss, metrics=metrics)
    found = objectives_of_metrics(model, SearchSpace.around(model))
    assert {output: objective.name for output, objective in found.items()} == chosen


def test_a_metric_object_is_the_objective_itself(build):
    model, metric = build(), keras.metrics.AUC(from_logits=True)
    model.compile("adam", loss=model.loss, metrics={"urgent": [metric]})
    assert objectives_of_metrics(model, SearchSpace.around(model))["urgent"].metric is metric
    assert objectives_of_metrics(keras.Sequential([keras.layers.Dense(1)]), SearchSpace({"a": "mse"})) == {}
