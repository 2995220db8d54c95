"""The same contract on every storage: a journal file, SQLite, PostgreSQL, and Optuna's proxy before one of them."""

import gc
import resource
import threading
import time
import warnings

import optuna
import pytest
import sqlalchemy
from optuna.samplers import RandomSampler
from optuna.trial import TrialState

from benchmarks._crew import Crew, journal, open_study, results, together
from benchmarks._postgres import Postgres, free_port, missing
from search_spaces import InputError, names
from tests.conftest import needs
from tuner.storage import JournalFile
from tuner.storage._retrying import RetryingStorage
from tuner.storage._storage import create_or_join, open_storage

# SQLAlchemy leaves open connections to the collector
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
KINDS = ["journal", "sqlite", "postgresql", "grpc"]


@pytest.fixture(autouse=True, scope="module")
def connections_are_collected_here():
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    needs(not missing(), f"PostgreSQL, for lack of {missing()}")
    folder = tmp_path_factory.mktemp("postgres")
    for place in (folder, *folder.parents[:3]):
        place.chmod(0o755)
    server = Postgres(folder / "server")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def connect(request, tmp_path):
    """A function that opens the storage once more, as another worker does."""
    kind = request.param
    if kind == "journal":
        yield lambda: open_storage(None, tmp_path)
    elif kind == "sqlite":
        yield lambda: open_storage(f"sqlite:///{tmp_path}/study.db", tmp_path)
    elif kind == "postgresql":
        url = request.getfixturevalue("postgres").url
        for name in optuna.get_all_study_names(open_storage(url, tmp_path)):
            optuna.delete_study(study_name=name, storage=open_storage(url, tmp_path))
        yield lambda: open_storage(url, tmp_path)
    else:
        port, behind = free_port(), journal(tmp_path)
        from optuna.storages._grpc import server as proxy

        served = proxy.make_server(behind, "127.0.0.1", port)
        served.start()
        yield lambda: open_storage(f"grpc://127.0.0.1:{port}", tmp_path)
        served.stop(0).wait()


@pytest.mark.parametrize("connect", KINDS, indirect=True)
class TestEveryStorage:
    def test_workers_share_a_study(self, connect):
        crews = [Crew(connect(), 12, RandomSampler(seed=1), seconds=0.01) for _ in range(3)]
        together(crews)
        assert len(results(crews[0].study)) == 12
        assert results(crews[0].study) == results(open_study(connect()))

    def test_what_a_dead_worker_left_is_run_again(self, connect):
        lost = threading.Thread(target=Crew(connect(), 5, RandomSampler(seed=1)).run, args=(2,))
        lost.start()
        lost.join()
        crew = Crew(connect(), 5, RandomSampler(seed=1), expiry=0.3)
        crew.run()
        assert len(results(crew.study)) == 5
        assert any(t.user_attrs[names.OUTCOME]["state"] == names.INTERRUPTED for t in crew.study.trials)

    def test_another_search_is_refused_with_the_difference(self, connect):
        objective = {"name": "a/auc", "output": "a", "metric": "auc", "direction": "max"}
        about = {"schema": 1, "name": "s", "objectives": [objective], "outputs": ["a"], "space": {"low": 1}, "epochs": 2,
                 "batch_size": 8, "seed": 0, "data": {"fingerprint": "x"}}  # fmt: skip
        assert create_or_join(connect(), about)[1]
        assert not create_or_join(connect(), about)[1]
        with pytest.raises(InputError) as refused:
            create_or_join(connect(), about | {"space": {"low": 2}, "data": {"fingerprint": "y"}})
        assert "space.low: the study has 1, this call has 2" in str(refused.value)
        assert "data.fingerprint: the study has 'x', this call has 'y'" in str(refused.value)

    def test_a_finished_trial_cannot_end_again(self, connect):
        storage = connect()
        study = open_study(storage)
        trial = study.ask()
        study.tell(trial, [0.5, 0.5])
        with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
            storage.set_trial_user_attr(trial._trial_id, names.OUTCOME, {})


def test_a_server_that_restarts_is_waited_for(postgres, tmp_path, capfd):
    for name in optuna.get_all_study_names(open_storage(postgres.url, tmp_path)):
        optuna.delete_study(study_name=name, storage=open_storage(postgres.url, tmp_path))
    crews = [Crew(open_storage(postgres.url, tmp_path), 60, RandomSampler(seed=1), seconds=0.05) for _ in range(3)]

    def restart():
        for _ in range(2):
            time.sleep(0.5)
            postgres.stop()
            time.sleep(0.3)
            postgres.start()

    restarts = threading.Thread(target=restart)
    restarts.start()
    together(crews)
    restarts.join()
    assert len(results(crews[0].study)) == 60
    assert "The storage cannot be reached" in capfd.readouterr().err


def test_patience_has_an_end():
    class Gone:
        def get_all_studies(self):
            raise ConnectionRefused

    class OperationalError(Exception):
        pass

    class ConnectionRefused(OperationalError):
        pass

    with pytest.raises(ConnectionRefused):
        RetryingStorage(Gone(), patience=0.2).get_all_studies()
    with pytest.raises(AttributeError):
        RetryingStorage(Gone(), patience=60).get_all_trials(0)


def test_a_full_disk_under_sqlite_is_not_waited_for(tmp_path):
    storage = open_storage(f"sqlite:///{tmp_path}/study.db", tmp_path)
    study = open_study(storage)
    sqlalchemy.event.listen(
        storage._storage._backend.engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1")
    )
    began = time.monotonic()
    with pytest.raises(optuna.exceptions.StorageInternalError) as full:
        study.set_user_attr("large", "x" * 100_000)
    assert "full" in str(full.value.__cause__)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://tuner:pa%20ss@127.0.0.1:1/none",
        "postgresql+nodriver://tuner:pa%20ss@127.0.0.1/none",
        "mysql://tuner:pa%20ss@[bad/none",
        "nonsense://tuner:pa%20ss@host/none",
        "postgresql+nodriver://tuner:pa%20ss#x@127.0.0.1/none",
        "postgresql+nodriver://127.0.0.1/none?user=tuner&password=pa%20ss",
        "grpc://nowhere",
    ],
)
def test_a_storage_that_cannot_be_opened_is_said_without_its_password(url, tmp_path):
    with pytest.raises(InputError) as refused:
        open_storage(url, tmp_path)
    assert "cannot be opened" in str(refused.value)
    assert "pa%20ss" not in str(refused.value)
    assert "pa ss" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_line_that_the_disk_has_no_room_for_leaves_nothing_behind(tmp_path):
    Crew(journal(tmp_path), 1, RandomSampler(seed=1)).run()
    study, path = open_study(journal(tmp_path)), tmp_path / "journal.log"
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 50, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            study.set_user_attr("long", "x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    study.set_user_attr("short", "x")
    assert open_study(journal(tmp_path)).user_attrs["short"] == "x"


def test_a_full_disk_ends_with_what_is_stored(tmp_path, monkeypatch):
    crew = Crew(journal(tmp_path), 6, RandomSampler(seed=1))
    append, calls = JournalFile.append_logs, []

    def full(self, logs):
        calls.append(1)
        if len(calls) > 40:
            raise OSError(28, "No space left on device")
        append(self, logs)

    monkeypatch.setattr(JournalFile, "append_logs", full)
    with pytest.raises(OSError, match="No space left"):
        crew.run()
    monkeypatch.undo()
    before = len(results(open_study(journal(tmp_path))))
    crew = Crew(journal(tmp_path), 6, RandomSampler(seed=1), expiry=0.2)
    crew.run()
    assert before >= 1
    assert len(results(crew.study)) == 6
    assert all(trial.state != TrialState.RUNNING for trial in crew.study.trials)
