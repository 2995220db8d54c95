"""A running study in the browser: optuna-dashboard, with this project's report beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import optuna
from optuna.storages import BaseStorage

import reports
from search_spaces import InputError

_REPORT = "/report"
_MARK = "<!-- loss-weight-tuner -->"
"""Begins each note that this project wrote and may renew; a note that a person wrote is left alone."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def dashboard_server(study: optuna.Study, storage: BaseStorage, rule: Mapping[str, Any], host: str, port: int) -> WSGIServer:
    """A server that is not yet serving.

    Args:
        study: The study to show.
        storage: Where the study is kept.
        rule: `prefer` and `require` of the report's pick.
        host: Name or address to listen on.
        port: 0 for any free one.

    Raises:
        InputError: optuna-dashboard is not installed, or the port is taken.
    """
    try:
        import optuna_dashboard
    except ImportError as error:
        raise InputError("the dashboard needs optuna-dashboard: pip install 'loss-weight-tuner[dashboard]'") from error
    note = optuna_dashboard.get_note(study)
    if not note or note.startswith(_MARK):
        optuna_dashboard.save_note(study, _note(study))
    application = _with_report(optuna_dashboard.wsgi(storage), study, rule)
    try:
        return make_server(host, port, application, server_class=_Server, handler_class=_Quiet)
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port} ({error.strerror}); give another --port or --host") from error


def _with_report(dashboard: Application, study: optuna.Study, rule: Mapping[str, Any]) -> Application:
    """The dashboard, and under `/report` the report of the study as it stands at that moment."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").rstrip("/") != _REPORT:
            return dashboard(environ, start_response)
        page = reports.report_html(study, **rule).encode()
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))])
        return [page]

    return application


def _note(study: optuna.Study) -> str:
    verdict = reports.verdict(study)
    words = reports.comparison(reports.rank(study)) if verdict is None else verdict.text
    plain = words.replace("<", "&lt;").replace("[", "\\[")
    return f"{_MARK}\n{plain}\n\n[The report]({_REPORT}): the front, the pick and its compile call, as they stand now."


class _Server(ThreadingMixIn, WSGIServer):
    """Answers while a report is being made."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    """Handles requests without printing them."""

    def log_message(self, format: str, *args: Any) -> None:
        pass
