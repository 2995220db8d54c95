"""Engines are tested as a user meets them: options are measured, and programs are held against compile and fit."""

import pytest


def pytest_itemcollected(item):
    item.add_marker(pytest.mark.as_shipped)
