"""Passwords are printed nowhere, however a URL holds them."""

import pytest

from search_spaces import InputError
from tuner.storage import open_storage, without_password
from tuner.storage._retrying import RetryingStorage


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://me:p%40ss@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:pa#ss@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:pa/ss@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:pa@ss@host/db", "postgresql://me:***@host/db"),
        (
            "postgresql://host/db?user=me&password=pa%20ss&sslmode=require",
            "postgresql://host/db?user=me&password=***&sslmode=require",
        ),
        ("postgresql://host/db?passwd=hush&application_name=a@b", "postgresql://host/db?passwd=***&application_name=a@b"),
        ("mysql://me@host/db?auth_token=abc", "mysql://me@host/db?auth_token=***"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("sqlite:///study.db", "sqlite:///study.db"),
    ],
)
def test_a_url_is_masked(url, masked):
    assert without_password(url, url) == masked


def test_errors_are_masked_in_every_form():
    url = "postgresql://me:p%40s#secret@host/db"
    said = 'cannot connect to "p@s#secret@host", tried p%40s, then secret@host'
    assert without_password(said, url) == 'cannot connect to "***@host", tried ***, then ***@host'


@pytest.mark.parametrize("storage", [5, ["sqlite:///a.db"], True])
def test_what_is_no_storage_is_refused(storage, tmp_path):
    with pytest.raises(InputError, match=r"storage must be the URL of a database.*got"):
        open_storage(storage, tmp_path)


def test_waiting_for_a_server_says_no_password(capfd):
    class OperationalError(Exception):
        pass

    class Gone:
        def get_all_studies(self):
            raise OperationalError("no route to postgresql://host/db?password=hush")

    with pytest.raises(OperationalError):
        RetryingStorage(Gone(), patience=0.1, url="postgresql://host/db?password=hush").get_all_studies()
    said = capfd.readouterr().err
    assert "cannot be reached" in said
    assert "hush" not in said
