"""The space: what is asked, what it means, and what is refused."""

import keras
import optuna
import pytest
from optuna.trial import FixedTrial

from search_spaces import InputError, OutputSpace, RelativeWeights, SearchSpace, compiled_candidate
from tests.test_search_spaces.test_weights import WEIGHTS

LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


def three_outputs(weights=None):
    return SearchSpace(
        {"a": ["mse", "huber"], "b": LOGITS, "c": "mae"},
        weights,
        learning_rate=(1e-4, 1e-2),
        optimizer=["rmsprop", "adam"],
    )


@pytest.mark.parametrize("weights", WEIGHTS, ids=lambda weights: weights.kind)
def test_what_is_suggested_is_what_is_stored(weights):
    space = three_outputs(weights)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    for _ in range(20):
        trial = study.ask()
        encoded = space.encode(space.suggest(trial))
        assert encoded.keys() == trial.params.keys()
        assert all(encoded[k] == (pytest.approx(v) if isinstance(v, float) else v) for k, v in trial.params.items())


def test_parameter_names_are_stable():
    named = [parameter.name for parameter in three_outputs(RelativeWeights("a")).parameters()]
    assert named == ["learning_rate", "optimizer", "loss/a", "weight/b", "weight/c"]


def test_a_fixed_trial_gives_the_candidate():
    trial = FixedTrial({"learning_rate": 1e-3, "optimizer": "Adam", "loss/a": "Huber", "weight/b": 2.0, "weight/c": 0.5})
    candidate = three_outputs(RelativeWeights("a")).suggest(trial)
    assert candidate.weights == {"a": 1.0, "b": 2.0, "c": 0.5}
    assert candidate.losses["a"].class_name == "Huber"
    assert candidate.shares["b"] == pytest.approx(2 / 3.5)
    assert type(candidate).from_dict(candidate.to_dict()) == candidate


def test_what_lies_outside_the_space_is_not_told():
    space = three_outputs(RelativeWeights("a"))
    alone = space.middle().with_weights({"a": 0.0, "b": 1.0, "c": 0.0})
    assert not any(name.startswith("weight/") for name in space.encode(alone))


def test_dictionaries_and_toml_give_the_space_back():
    for weights in WEIGHTS:
        space = three_outputs(weights)
        assert SearchSpace.from_dict(space.to_dict()) == space
        assert SearchSpace.from_toml(space.to_toml()) == space
    assert three_outputs(WEIGHTS[0]) != three_outputs(WEIGHTS[1])


def test_the_space_around_a_compiled_model(build):
    space = SearchSpace.around(build())
    assert list(space.outputs) == ["urgent", "kind"]
    assert space.learning_rate == (pytest.approx(1e-3), pytest.approx(1e-1))
    (weight,) = space.weights.parameters(list(space.outputs))
    assert (weight.low, weight.high) == (pytest.approx(0.2 / 50), pytest.approx(0.2 * 50))


def test_all_mistakes_are_told_at_once():
    with pytest.raises(InputError) as caught:
        SearchSpace(
            {"a": ["msee"], "b": [LOGITS, "binary_crossentropy"]},
            RelativeWeights("aa", low=0, high=-1),
            learning_rate=(1, 0.1),
            optimizer="adamm",
        )
    text = str(caught.value)
    for part in (
        "5 mistakes" if text.count("\n") == 5 else "mistakes",
        "output 'a': Keras has no loss 'msee'",
        "output 'b': logits and probabilities are mixed",
        "learning_rate's low must be below its high, got low=1 and high=0.1",
        "Keras has no optimizer 'adamm'; did you mean 'adam'",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"outputs": {}}, "no outputs: expected a mapping from output name to OutputSpace or losses"),
        ({"outputs": {"a": []}}, "no losses were given"),
        ({"outputs": {"a": ["mse", "mse"]}}, "the loss MeanSquaredError is listed 2 times"),
        ({"outputs": {"a": "mse"}, "learning_rate": -1}, "learning_rate must be above 0"),
        ({"outputs": {"a": "mse"}, "learning_rate": "fast"}, "learning_rate must be (low, high) or one number"),
        ({"outputs": {"a": "mse"}, "optimizer": []}, "no optimizers were given"),
        ({"outputs": {"a": "mse"}, "weights": RelativeWeights("x")}, "reference 'x' is not an output"),
        ({"outputs": {"a": "mse"}, "weights": RelativeWeights(low=0)}, "low must be above 0"),
        ({"outputs": {"a": "mse"}, "weights": RelativeWeights(low=2, high=1)}, "below high, got low=2.0 and high=1.0"),
        ({"outputs": {"a": "mse"}, "weights": {"kind": "simplx"}}, "did you mean 'simplex'"),
        ({"outputs": {"a": "mse"}, "weights": 3}, "weights must be RelativeWeights"),
        ({"outputs": {"a": 3}}, "expected a loss"),
    ],
)  # fmt: skip
def test_bad_spaces_are_refused(arguments, text):
    with pytest.raises(InputError) as caught:
        SearchSpace(**arguments)
    assert text in str(caught.value)


def test_unknown_settings_are_refused():
    with pytest.raises(InputError, match="unknown setting 'weigths'; did you mean 'weights'"):
        SearchSpace.from_dict({"outputs": {"a": "mse"}, "weigths": {}})
    with pytest.raises(InputError, match="the search space is not TOML"):
        SearchSpace.from_toml("outputs = ")


def test_one_output_asks_for_no_weight():
    assert SearchSpace({"a": OutputSpace("mse")}).parameters()[0].name == "learning_rate"
    assert len(SearchSpace({"a": OutputSpace("mse")}).parameters()) == 1


def compiled(build, optimizer, weights=None, regularizer=None):
    model = build()
    if regularizer is not None:
        model.get_layer("hidden").kernel_regularizer = regularizer
    model.compile(optimizer, loss=model.loss, loss_weights=weights or {"urgent": 2.0, "kind": 0.5})
    return model


@pytest.mark.parametrize(
    ("optimizer", "kind"),
    [
        (keras.optimizers.RMSprop(), "relative"),
        (keras.optimizers.Nadam(), "relative"),
        (keras.optimizers.AdamW(weight_decay=0.1), "relative"),
        (keras.optimizers.Adam(epsilon=0.1), "independent"),
        (keras.optimizers.Adam(clipnorm=1.0), "independent"),
        (keras.optimizers.Adam(global_clipnorm=1.0), "independent"),
        (keras.optimizers.Adam(clipvalue=1.0), "independent"),
        (keras.optimizers.SGD(), "independent"),
        (keras.optimizers.Adagrad(), "independent"),
        (keras.optimizers.Ftrl(), "independent"),
        (keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()), "relative"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_only_ratios_are_searched_where_only_ratios_matter(optimizer, kind, build):
    model = compiled(build, optimizer)
    space, own = SearchSpace.around(model), compiled_candidate(model)
    assert space.weights.kind == kind
    encoded = space.encode(own)
    assert encoded.keys() == {parameter.name for parameter in space.parameters()}
    decoded = space.suggest(FixedTrial(encoded)).weights
    scale = 1.0 if kind == "independent" else 2.0
    assert {name: weight * scale for name, weight in decoded.items()} == pytest.approx(own.weights)


def test_weights_beside_regularisation_are_searched_each(build):
    model = compiled(build, "adam", regularizer=keras.regularizers.L2(0.1))
    assert SearchSpace.around(model).weights.kind == "independent"


def test_other_weights_are_not_told_as_the_same_where_they_are_not(build):
    own = compiled_candidate(compiled(build, "sgd"))
    relative = SearchSpace({"urgent": LOGITS, "kind": "mse"}, RelativeWeights("urgent"), optimizer=["sgd", "adam"])
    assert "weight/kind" not in relative.encode(own)
    assert relative.encode(compiled_candidate(compiled(build, "adam")))["weight/kind"] == 0.25
    assert relative.encode(own.with_weights({"urgent": 1.0, "kind": 0.5}))["weight/kind"] == 0.5


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_weights_that_are_no_weights_are_refused_by_name(weight, build):
    with pytest.raises(InputError, match=f"output 'kind' has the loss weight {weight!r}; expected a finite number from 0 up"):
        compiled_candidate(compiled(build, "adam", {"urgent": 1.0, "kind": weight}))
