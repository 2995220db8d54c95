"""The table of models: one row each."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras

from tests.test_models import _compile_styles as styles
from tests.test_models import _custom as custom
from tests.test_models import _generative as generative
from tests.test_models import _multi_task as multi_task
from tests.test_models import _tabular as tabular
from tests.test_models import _text as text
from tests.test_models import _vision as vision
from tests.test_models._example import Example
from tests.test_models._fails_today import FAILS_TODAY

TWO = ("sold", "price")


def _two(build: Callable[[], keras.Model], **more: Any) -> Example:
    return Example(build.__name__, build, custom.two_data, TWO, **more)


def _row(build: Callable[[], keras.Model], data: Callable[[], Any], outputs: str = "", **more: Any) -> Example:
    return Example(build.__name__, build, data, tuple(outputs.split()), **more)


_WEIGHTS = {"sold": tabular.ROW_WEIGHTS, "price": 1 / tabular.ROW_WEIGHTS}
_DRAWS = "random numbers are drawn from the trial's seed, not from the given model"

_TABULAR = [
    _row(tabular.mlp_two_heads, tabular.numbers, "sold price", core=True),
    Example("sample_weights", tabular.mlp_two_heads, tabular.numbers, TWO, fit={"sample_weight": _WEIGHTS}),
    Example(
        "one_sample_weight", tabular.single_output, tabular.one_number, ("price",), fit={"sample_weight": tabular.ROW_WEIGHTS}
    ),
    Example("tf_data", tabular.mlp_two_heads, tabular.numbers, TWO, as_dataset=True),
    _row(tabular.wide_and_deep, tabular.wide_and_deep_data, "main side"),
    _row(tabular.batch_norm_dropout, tabular.numbers, "sold price", core=True),
    _row(tabular.dropout_without_seed, custom.two_data_listed, "sold price", rough=_DRAWS),
    _row(tabular.adapted_normalization, tabular.columns_data, "price kind", core=True),
    _row(tabular.lookups_and_buckets, tabular.census_data, "income married", core=True),
    _row(tabular.scalar_strings, tabular.scalar_strings_data, "churn value"),
    _row(tabular.feature_space_model, tabular.census_data, "income married"),
    _row(
        tabular.quantile_heads,
        tabular.quantile_data,
        "low median high",
        custom_objects={
            "low/loss/0": tabular.pinball(0.1),
            "median/loss/0": tabular.pinball(0.5),
            "high/loss/0": tabular.pinball(0.9),
        },
    ),
    _row(
        tabular.poisson_and_likelihood, tabular.counts_data, "visits spend", custom_objects={"gaussian_nll": tabular.gaussian_nll}
    ),
    _row(tabular.single_output, tabular.one_number, "price"),
    _row(tabular.rare_class, tabular.rare_class_data, "fraud", fit_settings={"class_weight": {0: 1.0, 1: 4.0}}),
    _row(tabular.outputs_without_names, tabular.unnamed_data),
    _row(tabular.frame_as_it_is, tabular.frame_data, "price"),
    _row(tabular.frame_columns, tabular.frame_columns_data, "price sold"),
    _row(tabular.multi_label, tabular.labels_data, "topics length"),
    _row(tabular.multi_label_mistaken_for_logits, tabular.labels_data, "topics length"),
    _row(tabular.regularized, tabular.numbers, "sold price"),
    _row(tabular.fixed_batch, tabular.numbers, "sold price"),
]
_MULTI_TASK = [
    _row(multi_task.shared_bottom, multi_task.tasks_data, "task_0 task_1"),
    _row(multi_task.mmoe, multi_task.tasks_data, "task_0 task_1", core=True),
    _row(multi_task.cross_stitch, multi_task.cross_stitch_data, "sold price"),
    _row(multi_task.esmm, multi_task.clicks_data, "ctr ctcvr"),
    _row(multi_task.siamese, multi_task.pairs_data, "distance kind", custom_objects={"contrastive": multi_task.contrastive}),
    _row(multi_task.loss_inside_the_model, multi_task.learned_weights_data, "a b", refused="loss|share a name|not compiled"),
]
_TEXT = [
    _row(text.ticket_triage, text.tickets_data, "priority department", core=True),
    _row(text.age_income_gender, text.posts_data, "age income gender"),
    _row(text.text_vectorization, text.raw_text_data, "spam topic"),
    _row(text.bag_of_words, text.bag_of_words_data, "spam topic"),
    _row(
        text.bidirectional_gru_with_mask,
        text.tagging_data,
        "tags intent",
        metrics={"tags": lambda: keras.metrics.SparseCategoricalCrossentropy(name="crossentropy")},
    ),
    _row(text.masked_series, text.padded_series_data, "days readmitted"),
    _row(text.transformer_block, text.reviews_data, "stars helpful", core=True),
    _row(text.attention_shown, text.reviews_data, "stars helpful"),
    _row(text.attention_pooling, text.reviews_data, "stars helpful"),
    _row(text.time_distributed_nested, text.video_data, "action speed"),
    _row(text.sequence_targets_without_last_axis, text.series_data, "load price", core=True),
    _row(text.ignored_class, text.ignored_data, "tags intent", ignored=-1),
    _row(
        text.missing_labels,
        text.missing_labels_data,
        "toxic active",
        custom_objects={"masked_crossentropy": text.masked_crossentropy},
    ),
    _row(text.encoder_decoder, text.translation_data, "next language"),
    _row(text.fewer_letters_than_steps, text.letters_data, "text long"),
    _row(text.stateful_series, text.stateful_series_data, "load peak", refused="is stateful: it goes on where the batch before"),
]
_VISION = [
    _row(vision.two_digits, vision.digits_data, "left right"),
    _row(vision.detection, vision.boxes_data, "box class", custom_objects={"BoxLoss": vision.BoxLoss(0.9)}),
    _row(vision.segmentation_and_scene, vision.segmentation_data, "mask scene"),
    _row(
        vision.medical_mask,
        vision.binary_mask_data,
        "mask positive",
        custom_objects={"dice_and_crossentropy": vision.dice_and_crossentropy},
    ),
    _row(vision.frozen_backbone, vision.faces_data, "age gender", core=True),
    _row(vision.partly_frozen, vision.faces_data, "age gender"),
    _row(vision.thawed_after_compile, vision.faces_data, "age gender"),
    _row(vision.mobile_net, vision.mobile_net_data, "age gender"),
    _row(vision.last_convolution_shown, vision.faces_data, "age gender"),
    _row(vision.augmentation, vision.faces_data, "age gender"),
    _row(vision.bytes_rescaled, vision.bytes_data, "age gender"),
    _row(vision.spectral_normalization, vision.spectral_data, "real class"),
    _row(vision.three_heads_without_channel, vision.grey_data, "even digit row"),
]
_GENERATIVE = [
    _row(generative.autoencoder_and_classifier, generative.rebuild_data, "rebuilt kind"),
    _row(generative.denoising_autoencoder, generative.rebuild_data, "rebuilt kind"),
    _row(generative.vae_that_samples_while_training, generative.rebuild_data, "rebuilt kind", core=True),
    _row(generative.vae_with_seed_generator, generative.rebuild_data, "rebuilt kind"),
    _row(generative.vae_without_seed, generative.rebuild_data, "rebuilt kind", rough=_DRAWS),
    _row(generative.vae_of_tensorflow, generative.rebuild_data, "rebuilt kind", rough=_DRAWS),
    _row(generative.codes_shown, generative.codes_shown_data, "rebuilt"),
    _row(generative.vae_class, generative.nothing_to_predict_data, "rebuilt", refused="loss|outputs"),
]
_CUSTOM = [
    _two(custom.layer_without_config, core=True),
    _two(custom.loss_and_metric_in_a_layer),
    _two(custom.layer_with_state),
    _two(custom.subclass_with_dict),
    _two(custom.subclass_with_dict_called),
    _row(custom.subclass_with_list, custom.two_data_listed, "output_1 output_2"),
    _two(custom.functional_with_train_step, core=True),
    _two(custom.own_constructor_and_train_step),
    _two(custom.own_constructor),
    _two(custom.own_compute_loss),
    _two(custom.attribute_on_a_layer),
    _two(custom.attribute_on_the_model),
    _two(custom.nested_models),
    _row(custom.submodel_as_two_outputs, custom.pair_data),
    _row(custom.shared_layer_as_outputs, custom.named_pair_data, "left_score right_score"),
    _two(custom.lambda_layer),
    _two(custom.functions_in_layers),
    _two(custom.operations_between_layers),
    _row(custom.tied_weights, custom.tied_data, "rebuilt kind"),
    _two(custom.dropout_in_prediction_too),
    _two(custom.trained_before),
    _row(custom.subclass_with_tuples, custom.tuples_data, "output_1 output_2"),
    _two(custom.gradient_reversal),
    _two(custom.quantized_codes),
    _row(custom.labels_as_input, custom.labels_as_input_data, "identity age"),
]
_STYLES = [
    _two(styles.sgd_momentum_clipnorm),
    _two(styles.global_clipnorm),
    _two(styles.adamw_without_decay_of_biases),
    _two(styles.nadam),
    _two(styles.cosine_decay),
    _two(styles.piecewise_decay),
    _two(styles.exponential_decay),
    _two(styles.own_schedule, custom_objects={"InverseRoot": styles.InverseRoot}),
    _two(styles.moving_average_of_weights),
    _two(styles.moving_average_written_back),
    _two(styles.gradient_accumulation),
    _two(styles.loss_scale),
    _two(styles.scaled_loss_factor),
    _two(styles.own_optimizer, custom_objects={"SignDescent": styles.SignDescent(2e-2, power=0.9)}),
    _two(styles.rate_changed_after_compile),
    Example("mixed_float16", styles.mixed_network, custom.two_data, TWO, policy="mixed_float16"),
    Example("mixed_bfloat16", styles.mixed_network, custom.two_data, TWO, policy="mixed_bfloat16"),
    _two(styles.double_precision, policy="float64"),
    _two(styles.eager),
    _two(styles.jit),
    _two(styles.several_steps_per_execution),
    _two(styles.many_metrics),
    _two(styles.list_of_losses_for_dict_of_outputs),
    _row(styles.list_of_losses, custom.two_data_listed, "sold price"),
    _row(styles.dict_of_losses_for_list_of_outputs, custom.two_data_listed, "sold price"),
    _two(styles.list_of_weights_for_dict_of_losses),
    _row(styles.dict_of_weights_for_list_of_losses, custom.two_data_listed, "sold price"),
    _two(styles.one_loss_for_all),
    _two(styles.one_loss_object_for_all),
    _two(styles.weights_left_out),
    _row(styles.weights_are_variables, custom.two_data_listed, "sold price"),
    _two(styles.weights_are_numpy),
    _two(styles.weight_is_zero),
    _row(styles.output_without_loss, custom.two_data_listed, "sold price"),
    _two(styles.output_left_out_of_the_losses),
    _two(styles.crossentropy_by_shape),
    _row(styles.crossentropy_of_classes, styles.classes_in_two_forms, "number row sold"),
    _row(styles.crossentropy_of_subclass, styles.classes_in_two_forms, "number row sold"),
    _two(styles.lambdas, custom_objects={"sold/loss/0": styles.ENTROPY, "price/loss/0": styles.SQUARE}),
    _two(styles.one_lambda, custom_objects={"<lambda>": styles.POWER}),
    _two(styles.closure, custom_objects={"error": styles.weighted_error(0.7)}),
    _two(
        styles.two_closures_of_one_name,
        custom_objects={"sold/loss/0": styles.weighted_error(2.0), "price/loss/0": styles.weighted_error(0.7)},
    ),
    _two(styles.partial_function, custom_objects={"price/loss/0": functools.partial(styles.power_error, power=1.3)}),
    _two(styles.traced_function, custom_objects={"traced_error": styles.traced_error}),
    _two(styles.bound_method, custom_objects={"error": styles.Scaled(0.4).error}),
    _two(styles.loss_class_without_config, custom_objects={"Focal": styles.Focal(1.0, alpha=0.8)}),
    _two(styles.loss_class_with_config, custom_objects={"Required": styles.Required}),
    _two(styles.loss_that_holds_an_array, custom_objects={"Balanced": styles.Balanced}),
    _two(styles.summed_loss),
    _two(styles.keras_function),
    _two(styles.class_of_loss),
    _two(styles.short_names),
    _two(styles.loss_that_holds_a_layer),
]

_ROWS = [*_TABULAR, *_MULTI_TASK, *_TEXT, *_VISION, *_GENERATIVE, *_CUSTOM, *_STYLES]
MODELS = [replace(example, fails_today=FAILS_TODAY.get(example.name, {})) for example in _ROWS]
