"""The commands of `loss-weight-tuner`."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search_spaces import InputError, write_atomically
from tuner.cli._mistakes import without_traceback
from tuner.cli._plan import StudyPlan, plan_of_file
from tuner.cli._study_file import StudyFile, read_study_file, seconds

if TYPE_CHECKING:
    import optuna
    from optuna.storages import BaseStorage

app = typer.Typer(
    name="loss-weight-tuner",
    help="Searches the learning rate, losses and loss weights of a multi-output Keras model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Study = Annotated[Path, typer.Argument(help="The study file (.toml), or a Python file that defines `study`.")]
Directory = Annotated[str | None, typer.Option(help="Folder of all studies.")]
Storage = Annotated[str | None, typer.Option(help="URL of a database, or grpc://host:port, in place of the study file's.")]
AsJson = Annotated[bool, typer.Option("--json", help="Plain JSON, for other programs.")]
Pairs = Annotated[list[str] | None, typer.Option(help="OUTPUT=NUMBER; may be given several times.")]


def main() -> None:
    """Entry point of the command."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    app()


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(installed("loss-weight-tuner"))
        raise typer.Exit


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="The study file to write.")] = Path("study.toml"),
    example: Annotated[str | None, typer.Option(help="Start from an example: tickets or census.")] = None,
    force: Annotated[bool, typer.Option(help="Overwrite what is there.")] = False,
) -> None:
    """Write a study file to start from.

    Without --example, a small model with made-up data is written beside it, so that it runs as it is.
    """
    from tuner.cli._start import MODEL, STUDY

    with without_traceback():
        if path.suffix != ".toml" or path.is_dir():
            raise InputError(f"a study file must be called *.toml, got {str(path)!r}")
        settings: dict[str, Any] = {"epochs": 5, "batch_size": 32, "n_trials": 20}
        if example:
            if example not in ("tickets", "census"):
                raise InputError(f"there is no example {example!r}; known: 'tickets', 'census'")
            name = example
            build, load = f"examples.{example}:build", f"examples.{example}:load"
            settings = {"epochs": 6, "batch_size": 128, "n_trials": 40}
        else:
            name, build, load = path.stem, "model.py:build", "model.py:load"
        files = {path: STUDY.format(file=path, name=name, build=build, load=load, **settings)}
        if not example:
            files[path.parent / "model.py"] = MODEL
        existing = [str(file) for file in files if file.exists()]
        if existing and not force:
            raise InputError(f"{', '.join(existing)} exists already; give another path, or --force to overwrite")
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            write_atomically(file, text)
            typer.echo(f"Wrote {file}")
        typer.echo(f"Next: loss-weight-tuner run {path}")


@app.command()
def run(
    study: Study,
    trials: Annotated[int | None, typer.Option(min=1, help="Number of trials, over all runs.")] = None,
    timeout: Annotated[str | None, typer.Option(help="Start no trial after this time: 90s, 10m, 2h.")] = None,
    engine: Annotated[str | None, typer.Option(help="auto, fused or fit.")] = None,
    directory: Directory = None,
    storage: Storage = None,
    overwrite: Annotated[bool, typer.Option(help="Delete the study's trials first.")] = False,
    ray: Annotated[str | None, typer.Option(help="Train on the Ray cluster at this address; `local` starts one here.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Number of workers on Ray.")] = 1,
    cpus: Annotated[float, typer.Option(min=0, help="Cores of each worker on Ray.")] = 1,
    gpus: Annotated[float, typer.Option(min=0, help="GPUs of each worker on Ray.")] = 0,
) -> None:
    """Run a study, or go on with it: finished trials are kept and not run again."""
    with without_traceback():
        limit = _seconds(timeout)
        changed = {"n_trials": trials, "timeout": limit, "engine": engine, "directory": directory, "storage": storage}
        plan = plan_of_file(study, **changed, overwrite=overwrite)
        with _stoppable(plan):
            if ray is not None:
                from tuner.cli._ray import run_on_ray

                if overwrite:
                    plan.tuner.delete()
                run_on_ray(study, changed, ray, workers, {"num_cpus": cpus, "num_gpus": gpus}, plan.tuner, plan.trials)
            plan.run()
        _finish(plan, study)


@app.command()
def worker(
    study: Study,
    storage: Storage = None,
    timeout: Annotated[str | None, typer.Option(help="Start no trial after this time: 90s, 10m, 2h.")] = None,
    engine: Annotated[str | None, typer.Option(help="auto, fused or fit.")] = None,
    directory: Directory = None,
) -> None:
    """Train trials of a study together with others, here or on another machine, and write no report.

    Any number of workers may run at once, beside `run` or without it. All stop when the study has its trials; the trials of a
    worker that dies are run again by the others. On several machines give a --storage that all of them reach.
    """
    with without_traceback():
        changed = {"timeout": _seconds(timeout), "engine": engine, "directory": directory, "storage": storage}
        plan = plan_of_file(study, **changed)
        with _stoppable(plan):
            plan.work()


@contextmanager
def _stoppable(plan: StudyPlan) -> Iterator[None]:
    """Ctrl-C and SIGTERM end what runs, say what is kept, and exit with the status that shells expect."""
    from tuner.study import ending_on_request, finished

    with ending_on_request() as signals:
        try:
            yield
        except KeyboardInterrupt:
            done = finished(plan.tuner.study)
            typer.echo(f"\nStopped. {done} finished trials are kept; the same command goes on from there.", err=True)
            raise typer.Exit(128 + (signals[0] if signals else signal.SIGINT)) from None


@app.command()
def rank(
    study: Study,
    top: Annotated[int, typer.Option(min=1, help="Number of rows.")] = 20,
    csv: Annotated[bool, typer.Option("--csv", help="The whole ranking as CSV.")] = False,
    as_json: AsJson = False,
    directory: Directory = None,
    storage: Storage = None,
) -> None:
    """Show the ranking of a study, finished or running. Trains nothing."""
    import reports
    from reports.page import write_csv
    from tuner.cli._tables import print_ranking

    with without_traceback():
        ranking = reports.rank(_stored(study, directory, storage)[0])
        if as_json:
            typer.echo(ranking.to_json(orient="records", double_precision=15))
        elif csv:
            write_csv(ranking, sys.stdout)
        else:
            print_ranking(ranking, top)


@app.command()
def best(
    study: Study,
    prefer: Pairs = None,
    require: Pairs = None,
    trial: Annotated[int | None, typer.Option(help="Take this trial.")] = None,
    output: Annotated[Path | None, typer.Option(help="Where to write it; best.json in the study's folder.")] = None,
    as_json: AsJson = False,
    directory: Directory = None,
    storage: Storage = None,
) -> None:
    """Choose a configuration, write it for production, and show its compile call.

    Example: loss-weight-tuner best study.toml --prefer priority=2 --require department=0.8
    """
    with without_traceback():
        if output is not None and output.is_dir():
            raise InputError(f"--output must be a file, got the folder {str(output)!r}")
        plan = plan_of_file(study, directory=directory, storage=storage)
        chosen = plan.tuner.best_config(trial, prefer=_pairs(prefer, "--prefer"), require=_pairs(require, "--require"))
        target = output or plan.tuner.folder / "best.json"
        if as_json:
            _saved(chosen, target)
            typer.echo(json.dumps(chosen.to_dict()))
        else:
            _show_best(chosen, target)


@app.command()
def report(
    study: Study,
    output: Annotated[Path | None, typer.Option(help="Folder to write; report in the study's folder.")] = None,
    as_json: AsJson = False,
    directory: Directory = None,
    storage: Storage = None,
) -> None:
    """Write the report of a study, finished or running. Trains nothing."""
    import reports

    with without_traceback():
        stored, folder = _stored(study, directory, storage)
        page = reports.write_report(stored, output or folder / "report", **_rule(study)) / "report.html"
        typer.echo(json.dumps({"report": str(page)}) if as_json else page)


@app.command()
def export(
    study: Study,
    formats: Annotated[list[str] | None, typer.Option("--format", help="keras, saved_model, onnx or litert.")] = None,
    rows: Annotated[str, typer.Option(help="training, or all: on the validation rows too.")] = "training",
    seeds: Annotated[int, typer.Option(min=1, help="Number of models, each of another seed.")] = 1,
    prefer: Pairs = None,
    require: Pairs = None,
    trial: Annotated[int | None, typer.Option(help="Take this trial.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder to write; export in the study's folder.")] = None,
    directory: Directory = None,
    storage: Storage = None,
) -> None:
    """Train the pick again and write it for serving, with a model card. No further trial is trained.

    Each file is read back by its own runtime and must predict what the Keras model predicts.
    """
    with without_traceback():
        plan = plan_of_file(study, directory=directory, storage=storage)
        rule = {"prefer": _pairs(prefer, "--prefer"), "require": _pairs(require, "--require")}
        given = rule if trial is not None or any(rule.values()) else plan.best
        with _stoppable(plan):
            plan.take_up()
            typer.echo(plan.tuner.export(output, formats or ["keras"], rows=rows, seeds=seeds, trial=trial, **given))


@app.command()
def dashboard(
    study: Study,
    host: Annotated[str, typer.Option(help="Name or address to listen on.")] = "localhost",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8080,
    directory: Directory = None,
    storage: Storage = None,
) -> None:
    """Show a study in the browser while it runs: optuna-dashboard, and the report as it stands under /report."""
    from tuner.cli._dashboard import dashboard_server

    with without_traceback():
        stored, _, opened = _opened(study, directory, storage)
        server = dashboard_server(stored, opened, _rule(study), host, port)
        typer.echo(f"http://{host}:{server.server_port}/dashboard and http://{host}:{server.server_port}/report; Ctrl-C ends it")
        with suppress(KeyboardInterrupt):
            server.serve_forever()


@app.command()
def compare(
    studies: Annotated[list[Path], typer.Argument(help="Two study files or more, of studies with the same objectives.")],
    output: Annotated[Path, typer.Option(help="The page to write; its table lies beside it.")] = Path("compare.html"),
    directory: Directory = None,
) -> None:
    """Put studies side by side, last month's and today's, on one page. Trains nothing."""
    import reports

    with without_traceback():
        if output.suffix != ".html":
            raise InputError(f"--output must end in .html, got {str(output)!r}")
        stored = [_stored(path, directory)[0] for path in studies]
        typer.echo(reports.compare(stored).to_string(index=False))
        typer.echo(reports.write_comparison(stored, output))


@app.command()
def doctor(
    study: Annotated[Path | None, typer.Argument(help="A study file to look at too, with its model and storage.")] = None,
    as_json: AsJson = False,
    storage: Storage = None,
) -> None:
    """Say what this machine offers: versions, cores, memory, GPUs, extras. Status 1 where a study would not run."""
    from tuner.cli._doctor import as_plain, examine, show
    from tuner.cli._quiet_import import import_keras

    with without_traceback():
        import_keras()
        findings = list(examine(study, storage))
        if as_json:
            typer.echo(json.dumps(as_plain(findings)))
        else:
            show(findings)
        if any(finding.problem for finding in findings):
            raise typer.Exit(1)


def _stored(path: Path, directory: str | None, storage: str | None = None) -> tuple[optuna.Study, Path]:
    """The stored study and its folder, read without the model, the data or TensorFlow."""
    return _opened(path, directory, storage)[:2]


def _opened(path: Path, directory: str | None, storage: str | None) -> tuple[optuna.Study, Path, BaseStorage]:
    from tuner.storage import load_stored

    if path.suffix == ".py":
        tuner = plan_of_file(path, directory=directory, storage=storage).tuner
        return tuner.study, tuner.folder, tuner.storage
    file: StudyFile = read_study_file(path, check_space=False)
    folder = Path(directory or file.study.directory) / file.study.name
    stored, opened = load_stored(storage or file.study.storage, folder, file.study.name)
    return stored, folder, opened


def _rule(path: Path) -> dict[str, Any]:
    """`prefer` and `require` of the study file, read without the model, the data or TensorFlow."""
    if path.suffix == ".py":
        return dict(plan_of_file(path).best)
    return read_study_file(path, check_space=False).best.model_dump()


def _finish(plan: StudyPlan, path: Path) -> None:
    from tuner.cli._tables import print_ranking

    print_ranking(plan.tuner.ranking(), 10)
    _show_best(plan.tuner.best_config(**plan.best), plan.tuner.folder / "best.json")
    typer.echo(f"Report: {plan.tuner.report(**plan.best) / 'report.html'}")
    typer.echo(f"Another choice: loss-weight-tuner best {path} --prefer OUTPUT=2")


def _show_best(chosen: Any, target: Path) -> None:
    from reports import compile_call

    untrained = [output for output in chosen.fingerprints.get("outputs", {}) if output not in chosen.loss_weights]
    typer.echo(f"\nTrial {chosen.study['trial']}:\n{compile_call(chosen.candidate.to_dict(), untrained)}\n")
    if chosen.evidence:
        typer.echo(f"{chosen.evidence['text']}\n")
    typer.echo(f"Wrote {_saved(chosen, target)}; in production: load_config({target.name!r}).compile(model)")


def _saved(chosen: Any, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(chosen.save(target))


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else float(seconds(text))
    except ValueError as error:
        raise InputError(f"--timeout: {error}") from error


def _pairs(texts: list[str] | None, option: str) -> dict[str, float]:
    pairs = {}
    for text in texts or []:
        name, _, number = text.rpartition("=")
        if name in pairs:
            raise InputError(f"{option} is given twice for {name!r}; give it once")
        try:
            pairs[name] = float(number)
        except ValueError:
            name = ""
        if not name:
            raise InputError(f"{option} takes OUTPUT=NUMBER, for example {option} priority=2; got {text!r}")
    return pairs
