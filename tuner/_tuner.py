"""The tuner: one search, its ranking, and the configuration that comes out of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import keras
import keras_tuner
import optuna
from optuna.storages import BaseStorage

import reports
from search_spaces import (
    Candidate,
    InputError,
    LossSpec,
    Problems,
    SearchSpace,
    candidate_by_shapes,
    name_outputs,
    names,
    output_names,
    outputs_are_known,
    outputs_by_shapes,
    placed,
    space_by_shapes,
    weights_that_are_variables,
)
from search_spaces.hyperparameters import TrialHyperParameters
from tuner._announcements import (
    announce_choosing,
    announce_judging,
    announce_notes,
    announce_objectives,
    announce_outputs,
    announce_policies,
    announce_resumption,
    announce_variable_weights,
)
from tuner._argument_names import INSTEAD, with_named_arguments
from tuner._best import best_config
from tuner._compile_table import compile_table
from tuner._defaults import default_space, measures_of
from tuner._notebook import tuner_html
from tuner._tuner_arguments import as_pruner, as_space, check_arguments, check_sampler_on_space
from tuner.comparisons import (
    baselines,
    check_policy_trials,
    choose_finalists,
    decide_judgment,
    decide_pick,
    enqueue_baselines,
    enqueue_policy_trials,
    enqueue_replicates,
    note_test_data,
    plan_of,
    shared_start,
    trials_to_replicate,
    usable_policies,
)
from tuner.engines import Engine, FitEngine, compile_candidate
from tuner.exports import check_formats, export_models, with_validation_rows
from tuner.inputs import (
    Architecture,
    Preparation,
    Training,
    candidate_from_compile,
    check_choice,
    check_name,
    check_outputs,
    check_stateful,
    check_trainable,
    check_whole_number,
    first_rows,
    random_states_put_back,
)
from tuner.production import BestConfig
from tuner.storage import create_or_join, load_stored, make_writable, open_storage, remove_study
from tuner.study import Resumption, Runner, StudyDesign, Worker, check_resumption, study_meta

if TYPE_CHECKING:
    import pandas as pd


_COMPARED_ROWS = 32
_P = ParamSpec("_P")
_R = TypeVar("_R")


def _lending(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """While the method runs, a given model is trained in place; then it is as it was."""

    @wraps(method)
    def lent(*arguments: _P.args, **named: _P.kwargs) -> _R:
        tuner: Any = arguments[0]
        with tuner.architecture.lent(tuner._example, tuner.seed):
            return method(*arguments, **named)

    return lent


class LossWeightTuner:
    """Searches learning rate, optimizer, losses and loss weights of a multi-output Keras model.

    Args:
        model: `build()` or `build(hp)`, a `keras_tuner.HyperModel`, or a `keras.Model`. If it comes compiled, what it was
            compiled with becomes the baseline `current`. A given model is trained in place and put back as it
            was; its trials all start from its weights, so that only a build function has initial weights in its intervals.
        space: What may be chosen: a `SearchSpace`, its dictionary, or losses by output; `SearchSpace.around` the compiled
            model where left out.
        objectives: What is optimised: a list of `Objective`, of `"output/metric"` or of (output, metric, direction), or a
            metric by output; one per output by its loss family where left out.
        directory: Folder of all studies.
        project_name: Name of this study and of its folder.
        seed: Seed of the sampler and of every trial.
        engine: `"auto"`, `"fused"` or `"fit"`.
        storage: An Optuna storage or its URL; a journal file in the study's folder where left out.
        sampler: Any Optuna sampler; multi-objective TPE where left out.
        pruner: Stops hopeless trials, for example `DominancePruner()`; none where left out.
        overwrite: Deletes the study of this name before the first search.

    Raises:
        InputError: What was given cannot work; all mistakes at once.

    Example:
        >>> model = build()
        >>> tuner = LossWeightTuner(model, directory=folder, project_name="tickets", engine="fit")
        >>> tuner.search(x, y, validation_data=validation_data, epochs=1, n_trials=1, verbose=0)
        >>> sorted(tuner.ranking()["baseline"])
        ['', 'current', 'equal', 'single:kind', 'single:urgent']
        >>> tuner.best_config().compile(model)
        <Functional name=functional..., built=True>
    """

    @with_named_arguments()
    def __init__(
        self,
        model: Any,
        space: SearchSpace | Mapping[str, Any] | None = None,
        objectives: Any = None,
        directory: str | os.PathLike[str] = "studies",
        project_name: str = "study",
        seed: int = 0,
        engine: str = "auto",
        storage: str | BaseStorage | None = None,
        sampler: optuna.samplers.BaseSampler | None = None,
        pruner: Callable[..., bool] | None = None,
        overwrite: bool = False,
    ) -> None:
        problems = Problems("the tuner cannot be made")
        check_name("project_name", project_name, problems)
        seed = check_whole_number("seed", seed, 0, problems, most=2**32 - 1)
        check_arguments(directory, engine, storage, sampler, pruner, overwrite, problems)
        space = as_space(space, problems)
        problems.raise_any()
        self.directory, self.project_name, self.seed = directory, project_name, seed
        self.engine, self.sampler, self.pruner = engine, sampler, as_pruner(pruner)
        self._given_storage, self._overwrite = storage, overwrite
        self.architecture = Architecture(model)
        with random_states_put_back():
            self._example, self._defaults = self.architecture.defaults(seed)
        if space is not None and not outputs_are_known(self._example):
            name_outputs(self._example, list(space.outputs))
        outputs, self.current = self.outputs, candidate_from_compile(self._example, self._defaults)
        self.space = space or default_space(self._example, self.current is not None)
        check_outputs(self.space, outputs, self.current, problems)
        check_trainable(self._example, problems)
        check_stateful(self._example, problems)
        self.current = self.current and placed(self.current, self.space)
        self._design = StudyDesign(self.space, self.architecture, self.current, seed)
        self.measures = measures_of(objectives, self.space, self._example, problems)
        check_sampler_on_space(sampler, self.space, [measure.objective.direction for measure in self.measures], problems)
        problems.raise_any()
        by_shapes = outputs_by_shapes(self.space, self.current)
        self._preparation = Preparation(self.architecture, self._example, seed, self.space, self.measures, by_shapes)
        self._chose_objectives = objectives is None
        self._training: Training | None = None

    @property
    def outputs(self) -> list[str]:
        """Names of the model's outputs, in order, those without a loss among them."""
        return output_names(self._example)

    @property
    def folder(self) -> Path:
        """The study's own folder; a search makes it."""
        return Path(self.directory) / self.project_name

    @cached_property
    def storage(self) -> BaseStorage:
        """Where the trials are kept."""
        return open_storage(self._given_storage, self.folder)

    @property
    def study(self) -> optuna.Study:
        """The plain `optuna.Study`, baselines included.

        Raises:
            InputError: There is none yet.
        """
        return load_stored(self.storage, self.folder, self.project_name)[0]

    @with_named_arguments(INSTEAD)
    @_lending
    def search(
        self,
        x: Any,
        y: Any = None,
        *,
        validation_data: Any = None,
        validation_split: float | None = None,
        cv: Any = None,
        groups: Any = None,
        epochs: int = 10,
        batch_size: int | None = None,
        n_trials: int = 100,
        timeout: float | None = None,
        sample_weight: Any = None,
        class_weight: Mapping[Any, Any] | None = None,
        callbacks: Any = None,
        epoch: str = "last",
        monitor: str | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        shuffle: bool = True,
        verbose: int | str = 1,
    ) -> None:
        """Trains the baselines and candidates until there are `n_trials`; the same call again resumes.

        Args:
            x: What `Model.fit` takes: arrays, a dictionary of arrays, a `tf.data.Dataset`, a `PyDataset`, a generator. Batches
                are read once and trained from memory: in their own order, shuffled by each trial's seed where passes differ in
                order alone, or exactly as they came where every pass has other rows, as augmentation makes them.
            y: Targets by output name or in order; None where x yields them.
            validation_data: (x_val, y_val), (x_val, y_val, sample_weight) or a dataset; held in memory.
            validation_split: Share of the rows to validate with, in place of `validation_data`: the last ones, before shuffling.
            cv: Cross-validation in place of `validation_data`: a number of folds, which the study's seed draws; a splitter of
                scikit-learn; or the folds, as pairs of positions of rows to train on and to validate with. A trial trains a
                model on each fold, and its values are the means over folds.
            groups: What the splitter is given as `groups`.
            epochs: Number of epochs of every trial.
            batch_size: Rows per step, 32 where left out.
            n_trials: Number of trials that the sampler chooses, over all calls; baselines come on top.
            timeout: Seconds after which no further trial is started.
            sample_weight: One number per row, for all outputs or by output.
            class_weight: Weights of classes by output, as in `{"department": {0: 1.0, 3: 4.0}}`, in place of `sample_weight`;
                1 for a class that is not named. The training weighs each row so, and objectives do not.
            callbacks: Keras callbacks, or a function that returns a list of them. Each trial gets copies of its own; its values
                are those of the weights that they leave, as `restore_best_weights` does. `EarlyStopping`, `ReduceLROnPlateau`
                and `LearningRateScheduler` run in lanes, and may watch objectives by name; with others trials train by `fit`.
            epoch: Which epoch a trial's values are of, one for all objectives: the `"last"`, or the `"best"` by `monitor`.
            monitor: Name of an objective, or what `fit` logs, as in `"val_department_loss"`.
            validation_batch_size: Rows at a time of what `fit` logs of validation data; `batch_size` where left out.
            validation_freq: After how many epochs `fit` logs them each time, or the numbers of those epochs. Objectives are
                measured after each epoch.
            steps_per_epoch: Number of steps of an epoch, where that is not a whole pass; the next epoch goes on where it ended.
            validation_steps: Number of validation batches that are measured, always the first ones; all where left out.
            shuffle: Whether rows, or batches of a `PyDataset`, are shuffled each epoch; a `tf.data.Dataset` does it itself.
            verbose: 0 is silent, 1, 2 and "auto" show progress.

        Raises:
            InputError: All mistakes at once, before anything is trained.
            StudyStopped: Several trials in a row failed.
            KeyboardInterrupt: Ctrl-C; everything finished is kept, and what was running runs again next time.

        Example:
            >>> tuner = LossWeightTuner(build, directory=folder, seed=3, engine="fit")
            >>> earlier = len(tuner.study.trials)  # of a search with 6 trials, so that the same call trains nothing
            >>> tuner.search(x, y, validation_data=validation_data, epochs=2, batch_size=64, n_trials=6, verbose=0)
            >>> len(tuner.study.trials) - earlier
            0
        """
        training = self._preparation.search(
            x,
            y,
            sample_weight,
            validation_data,
            epochs,
            batch_size,
            n_trials,
            shuffle,
            timeout,
            verbose,
            validation_split=validation_split,
            class_weight=class_weight,
            callbacks=callbacks,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            epoch=epoch,
            monitor=monitor,
            cv=cv,
            groups=groups,
        )
        self._take_losses(training.crossentropies)
        make_writable(self.folder)
        if self._overwrite:
            self.delete()
        meta = study_meta(self.project_name, self._design, training, self.current, self._example)
        optuna_study, new = create_or_join(self.storage, meta)
        resumption = Resumption(optuna_study, self._design, training, self._example)
        cautions = [] if new else check_resumption(resumption, meta)
        Worker(optuna_study, self.storage).recover()
        enqueue_baselines(optuna_study, self.space, self.baselines())
        self._training = training
        if verbose:
            self._announce(optuna_study, new, meta["given_weights"], cautions)
        self._runner().search(optuna_study, training, int(n_trials), timeout, bool(verbose))

    def _take_losses(self, chosen: Mapping[str, LossSpec]) -> None:
        """Puts the losses that Keras chooses by shapes into the space and today's configuration."""
        if not chosen:
            return
        self.space, own = space_by_shapes(self.space, chosen), candidate_from_compile(self._example, self._defaults)
        self.current = own and placed(candidate_by_shapes(own, chosen), self.space)
        self._design = replace(self._design, space=self.space, current=self.current)
        self._preparation = replace(self._preparation, space=self.space)

    def delete(self) -> None:
        """Deletes the study and what was written beside it, now instead of at the next search with `overwrite`."""
        remove_study(self.folder, self._given_storage, self.project_name)
        self.__dict__.pop("storage", None)
        self._overwrite = False

    def baselines(self) -> dict[str, Candidate]:
        """What is trained for comparison, whatever the sampler chooses: `current`, `equal`, and each output alone."""
        start = self.current or self.space.middle().with_hyperparameters(self._defaults)
        return baselines(start, self.current)

    @with_named_arguments()
    @_lending
    def compare_policies(
        self,
        policies: Sequence[str] | None = None,
        trials: int = 10,
        *,
        prefer: Mapping[str, float] | None = None,
        require: Mapping[str, float] | None = None,
        verbose: int | str = 1,
    ) -> None:
        """Trains adaptive weighting policies, beside the fixed weights that the search found.

        Each policy has losses, optimizer and hyperparameters of the pick, and its own learning rate tuned: the pick's, then
        others over the whole range of the space. Its trials are baselines `policy:<name>` of the study; `confirm` trains the
        best one of each with further seeds. They are never picked or exported, since no fixed weights describe them. The same
        call again trains only what is missing.

        Args:
            policies: Names from `tuner.policies.POLICIES`; all that can train the losses where left out.
            trials: Number of learning rates of each policy.
            prefer: The pick is chosen under this preference.
            require: The pick is chosen under this requirement.
            verbose: 0 is silent, 1 shows progress.

        Raises:
            InputError: There was no search in this process, no trial is complete or meets what is required, or a policy is
                unknown or cannot train these losses; all mistakes at once.
            StudyStopped: Several trials in a row failed.
            KeyboardInterrupt: Ctrl-C; everything finished is kept.

        Example:
            >>> tuner = LossWeightTuner(build, directory=folder, seed=3, engine="fit")
            >>> tuner.search(x, y, validation_data=validation_data, epochs=2, batch_size=64, n_trials=6, verbose=0)
            >>> tuner.compare_policies(["equal"], trials=1, verbose=0)
            >>> tuner.study.trials[-1].user_attrs["baseline"]
            'policy:equal'
        """
        training = check_policy_trials(self._training, trials, self._example)
        trials = int(trials)
        optuna_study = self.study
        pick = int(reports.pick(self.ranking(), prefer, require)[names.TRIAL])
        start = shared_start(optuna_study, pick, self._design)
        usable, left_out = usable_policies(policies, start)
        Worker(optuna_study, self.storage).recover()
        waiting = enqueue_policy_trials(optuna_study, self.space, start, usable, trials)
        if verbose:
            announce_policies(len(usable), trials, waiting, left_out)
        if waiting:
            self._runner().train_queued(optuna_study, training, waiting, bool(verbose), replicates=False)

    @with_named_arguments()
    @_lending
    def confirm(
        self,
        top: int = 5,
        seeds: int = 12,
        test_data: Any = None,
        *,
        prefer: Mapping[str, float] | None = None,
        require: Mapping[str, float] | None = None,
        verbose: int | str = 1,
    ) -> None:
        """Trains candidates again to tell gains from seed noise: some seeds choose the pick, fresh ones judge it.

        The finalists and all baselines get three of the seeds (half of them below six), and the means over these choose the
        pick. The pick and today's configuration get the others, and the verdict is by these alone. From then on `best_config`
        gives the pick. Replicates are trials of the study that neither count among `n_trials` nor are seen by the sampler.

        The same call again adds only what is missing, and judges the same pick. A further verdict takes twice the judging seeds,
        as the verdict says; fewer than that train nothing. A pick under another preference gets seeds of its own. Each further
        verdict may err a quarter as often, so that a study claims any false gain with less than 5 %.

        Args:
            top: Number of finalists: the pick, then the front by hypervolume contribution, then the rest.
            seeds: Number of seeds, at least 2: those that choose and those that judge. A verdict needs 3; how many choose is
                settled by the first call.
            test_data: Like `validation_data`; nothing but replicates is ever measured on them, once, after the last epoch.
            prefer: The pick under this preference is a finalist.
            require: The pick under this requirement is a finalist.
            verbose: 0 is silent, 1 shows progress.

        Raises:
            InputError: There was no search in this process, no trial is complete or meets what is required, or what was given
                cannot work.
            StudyStopped: Several replicates in a row failed.
            KeyboardInterrupt: Ctrl-C; everything finished is kept.

        Example:
            >>> tuner = LossWeightTuner(build, directory=folder, project_name="fresh", seed=3)
            >>> tuner.search(x, y, validation_data=validation_data, epochs=1, n_trials=2, verbose=0)
            >>> tuner.confirm(top=2, seeds=6, verbose=0)
            >>> tuner.verdict().replicates
            3
        """
        training = self._preparation.confirmation(self._training, top, seeds, test_data, verbose)
        top, seeds = int(top), int(seeds)
        optuna_study, ranking = self.study, self.ranking()
        finalists = choose_finalists(ranking, top, int(reports.pick(ranking, prefer, require)[names.TRIAL]))
        Worker(optuna_study, self.storage).recover()
        note_test_data(optuna_study, training.test)
        plan = plan_of(optuna_study, self.seed, seeds)
        numbers = trials_to_replicate(optuna_study, ranking, finalists)
        waiting = enqueue_replicates(optuna_study, self.space, numbers, plan.choosing, tested=False)
        if verbose:
            announce_choosing(len(numbers), len(plan.choosing), waiting)
        self._train_replicates(training, waiting, verbose)
        pick = decide_pick(optuna_study, numbers, prefer, require)
        if pick is not None:
            self._judge(training, pick, seeds, verbose)

    def _judge(self, training: Training, pick: int, seeds: int, verbose: int | str) -> None:
        """Trains the pick and the reference with the seeds that judge."""
        optuna_study, tested = self.study, training.test is not None
        pair, judging = decide_judgment(optuna_study, pick, self.seed, seeds, tested)
        waiting = enqueue_replicates(optuna_study, self.space, pair, judging, tested)
        if verbose and pair:
            announce_judging(pair[0], pair[1], len(judging), waiting)
        self._train_replicates(training, waiting, verbose)

    def _train_replicates(self, training: Training, waiting: int, verbose: int | str) -> None:
        """Trains the replicates that wait, and waits for those that other workers train."""
        if waiting:
            self._runner().train_queued(self.study, training, waiting, bool(verbose), replicates=True)

    @with_named_arguments()
    def verdict(
        self,
        trial: int | None = None,
        *,
        prefer: Mapping[str, float] | None = None,
        require: Mapping[str, float] | None = None,
    ) -> reports.Verdict | None:
        """What replicates say of the pick against today's configuration; printed, it is one paragraph.

        Args:
            trial: The trial to judge, instead of the pick.
            prefer: As for `best_config`.
            require: As for `best_config`.

        Returns:
            The verdict; None before `confirm`.

        Example:
            >>> tuner = LossWeightTuner(build, directory=folder, seed=3)
            >>> print(tuner.verdict().kind)
            no significant gain
        """
        return reports.verdict(self.study, prefer, require, trial)

    def ranking(self) -> pd.DataFrame:
        """One row per trial, best first; `reports.describe_columns` documents the columns.

        Example:
            >>> tuner = LossWeightTuner(build, directory=folder, seed=3)
            >>> tuner.ranking()[["rank", "trial", "baseline", "urgent/auc", "kind/accuracy"]].head(3)
               rank  trial baseline  urgent/auc  kind/accuracy
            0     1      4             0.991228          0.475
            1     2      9             0.804198          0.350
            2     3      0  current    0.861842          0.325
        """
        return reports.rank(self.study)

    @with_named_arguments()
    def report(self, *, prefer: Mapping[str, float] | None = None, require: Mapping[str, float] | None = None) -> Path:
        """Writes tables, pictures and the report page into the study's folder.

        Args:
            prefer: By which the pick is chosen, as for `best_config`.
            require: By which the pick is chosen, as for `best_config`.

        Returns:
            The report's folder.

        Example:
            >>> tuner = LossWeightTuner(build, directory=folder, seed=3)
            >>> (tuner.report() / "report.html").exists()
            True
        """
        return reports.write_report(self.study, self.folder / "report", prefer, require)

    @with_named_arguments()
    def best_config(
        self,
        trial: int | None = None,
        *,
        prefer: Mapping[str, float] | None = None,
        require: Mapping[str, float] | None = None,
    ) -> BestConfig:
        """The configuration to go on with: the highest Δm, unless something else is asked for.

        After `confirm` the means of the replicates decide, among the confirmed candidates, and the evidence goes with it.

        Args:
            trial: A trial's number, to take it as it is; neither `prefer` nor `require` goes with it.
            prefer: How much each output matters, by output name.
            require: The value that each output must reach at least (at most, where less is better), by output name.

        Raises:
            InputError: No trial is complete, or none meets what is required.

        Example:
            >>> tuner = LossWeightTuner(build, directory=folder, seed=3)
            >>> tuner.best_config(trial=0).candidate.weights
            {'urgent': 1.0, 'kind': 0.2}
        """
        study = self.study
        model = study.user_attrs[names.STUDY]["model"]["outputs"], compile_table(self._example)
        return best_config(study, self._design, *model, prefer=prefer, require=require, trial=trial)

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict if there is one, and the top of the ranking."""
        try:
            ranking = self.ranking()
        except InputError:
            return tuner_html(self.project_name, self.measures, None, None)
        return tuner_html(self.project_name, self.measures, ranking, self.verdict())

    def search_space_summary(self) -> None:
        """Prints what is searched."""
        print(f"Search space of {self.project_name!r}")
        for parameter in self.space.parameters():
            print(f"  {parameter}")
        for hp in self._hyperparameter_space():
            print(f"  {names.hyperparameter(hp.name)}: {hp}")

    def results_summary(self, num_trials: int = 10) -> None:
        """Prints the top of the ranking."""
        ranking = self.ranking()
        for sentence in reports.constant_objectives(ranking):
            print(sentence)
        print(ranking.head(_count("num_trials", num_trials)).to_string())

    def get_best_hyperparameters(self, num_trials: int = 1) -> list[keras_tuner.HyperParameters]:
        """What the build function was answered in the best trials."""
        best = self._best(_count("num_trials", num_trials))
        return [TrialHyperParameters(answers=candidate.hyperparameters) for candidate in best]

    @_lending
    def get_best_models(self, num_models: int = 1) -> list[keras.Model]:
        """The best trials' models, trained again with their own seed: weights are not kept during a search.

        After a cross-validation they are trained on all rows.

        Raises:
            InputError: There was no search in this process, so that there are no data to train on.
        """
        if self._training is None:
            raise InputError("get_best_models trains the models again and needs the data: call search first")
        num_models = _count("num_models", num_models)
        if self._training.folds and self._training.callbacks is not None and self._training.callbacks.watch:
            raise InputError(
                "get_best_models trains on all rows after a cross-validation, which leaves callbacks none to watch; hold rows "
                "out yourself: tuner.best_config().compile(model), then model.fit(..., validation_data=..., callbacks=...)"
            )
        engine = self._runner().make_engine(self.study, self._training, num_models, verbose=0)
        return [self._trained(engine, self._training, candidate, self.seed) for candidate in self._best(num_models)]

    @with_named_arguments()
    @_lending
    def export(
        self,
        folder: str | os.PathLike[str] | None = None,
        formats: str | Sequence[str] = ("keras",),
        *,
        rows: str = "training",
        seeds: int = 1,
        trial: int | None = None,
        prefer: Mapping[str, float] | None = None,
        require: Mapping[str, float] | None = None,
    ) -> Path:
        """Trains the pick again and writes it for serving: the models, `best.json`, `values.csv` and `model_card.md`.

        Each file is read back by its own runtime, and must predict what the Keras model predicts, to 1e-5 of the largest
        prediction from 1 up; else it is deleted again. Outputs keep their names.

        Args:
            folder: Where everything is written; `export` in the study's folder where left out. With several seeds each model
                has a folder of its own inside, `seed_7` for one.
            formats: `"keras"`, `"saved_model"`, `"onnx"`, `"litert"`; one or several. The last two need the extra `export`.
            rows: `"training"`, so that the models are measured on the validation rows; or `"all"`: on the validation rows too.
            seeds: Number of models, each of another seed, the study's own first.
            trial: A trial's number, to take it as it is; neither `prefer` nor `require` goes with it.
            prefer: As for `best_config`.
            require: As for `best_config`.

        Returns:
            The folder.

        Raises:
            InputError: There was no search in this process, packages are missing, or a format cannot hold the model: the others
                are written then.

        Example:
            >>> tuner = LossWeightTuner(build, directory=folder, seed=3, engine="fit")
            >>> tuner.search(x, y, validation_data=validation_data, epochs=2, batch_size=64, n_trials=6, verbose=0)
            >>> sorted(file.name for file in tuner.export().iterdir())
            ['best.json', 'model.keras', 'model_card.md', 'values.csv']
        """
        problems = Problems("the pick cannot be exported")
        chosen, seeds = check_formats(formats, problems), check_whole_number("seeds", seeds, 1, problems)
        check_choice("rows", rows, ("training", "all"), problems)
        if self._training is None:
            problems.add("the models are trained again, which needs the data: call search first")
        problems.raise_any()
        assert self._training is not None
        best = self.best_config(trial, prefer=prefer, require=require)
        training = with_validation_rows(self._training) if rows == "all" else self._training
        engine = FitEngine(training) if rows == "all" else self._runner().make_engine(self.study, training, seeds, verbose=0)
        models = ((seed, self._trained(engine, training, best.candidate, seed)) for seed in self._seeds(seeds))
        return export_models(models, best, training, rows, chosen, Path(folder or self.folder / "export"))

    def _seeds(self, number: int) -> list[int]:
        return [(self.seed + more) % 2**32 for more in range(number)]

    def _trained(self, engine: Engine, training: Training, candidate: Candidate, seed: int) -> keras.Model:
        """A candidate's trained model, compiled, that shares nothing with what was given."""
        model = engine.fit(candidate, seed)
        separate = self.architecture.separate(model, first_rows(training.data.checked, _COMPARED_ROWS).inputs)
        if separate is not model:
            compile_candidate(separate, candidate, self.outputs)
        return separate

    def _announce(self, study: optuna.Study, new: bool, given_weights: Any, cautions: Sequence[str]) -> None:
        announce_outputs(self.outputs, self.space)
        announce_variable_weights(weights_that_are_variables(self._example))
        announce_notes(self._training)
        if self._chose_objectives:
            announce_objectives(self.measures)
        if not new:
            announce_resumption(study, given_weights, cautions)

    def _runner(self) -> Runner:
        return Runner(
            design=self._design,
            engine=self.engine,
            folder=self.folder,
            storage=self.storage,
            sampler=self.sampler,
            pruner=self.pruner,
        )

    def _best(self, number: int) -> list[Candidate]:
        ranking, trials = self.ranking(), self.study.get_trials(deepcopy=False)
        best = ranking[ranking[names.RANK].notna()].head(number)[names.TRIAL]
        return [self._design.stored_candidate(trials[int(n)].user_attrs) for n in best]

    def _hyperparameter_space(self) -> list[Any]:
        hp = TrialHyperParameters()
        self.architecture.ask(hp, self.seed)
        return list(hp.space)


def _count(name: str, value: Any) -> int:
    problems = Problems("nothing can be shown")
    number = check_whole_number(name, value, 1, problems)
    problems.raise_any()
    return number
