"""The examples on their real data; these need a network the first time."""

import numpy as np
import pytest

from examples import census, tickets
from examples.tickets.data import read_reviews
from tests.conftest import real_data
from tuner.cli import read_study_file
from tuner.inputs import Architecture


def loaded(load):
    with real_data():
        return load()


def test_the_reviews_are_those_described():
    reviews = loaded(read_reviews)
    assert len(reviews) == 22_628
    assert (reviews["Rating"] <= 3).mean() == pytest.approx(0.23, abs=0.005)
    shares = reviews["Department Name"].value_counts(normalize=True)
    for name, share in (("Tops", 0.44), ("Dresses", 0.27), ("Bottoms", 0.16), ("Intimate", 0.07), ("Jackets", 0.04)):
        assert shares[name] == pytest.approx(share, abs=0.01)


def test_tickets_train():
    data = loaded(tickets.load)
    rows = [len(part[0]["title"]) for part in ((data["x"],), data["validation_data"], data["test_data"])]
    assert sum(rows) == 22_628
    assert rows[0] == 13_576
    assert data["x"]["body"].max() < 5_000
    assert (data["x"]["title"][:, 0] > 0).all()
    model = tickets.build()
    losses = model.train_on_batch({k: v[:64] for k, v in data["x"].items()}, {k: v[:64] for k, v in data["y"].items()})
    assert np.isfinite(losses).all()


def test_census_trains():
    data = loaded(lambda: census.load(2_000))
    assert data["x"].shape == (1_600, 256)
    assert len(data["test_data"][0]) == 99_762
    assert np.isfinite(data["x"]).all()
    model, defaults = Architecture(census.build).defaults(0)
    assert defaults == {"units": 32, "batch_norm": False, "layers": 1}
    assert np.isfinite(model.train_on_batch(data["x"][:64], {k: v[:64] for k, v in data["y"].items()})).all()


@pytest.mark.parametrize("name", ["tickets", "census"])
def test_the_study_files_are_right(name):
    from pathlib import Path

    assert read_study_file(Path(__file__).parents[2] / "examples" / name / "study.toml").study.name == name
