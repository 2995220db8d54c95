"""What yields batches is read once; how its passes differ says in which order trials meet the rows."""

from itertools import chain

import keras
import numpy as np
import pytest
import tensorflow as tf

from search_spaces import InputError
from tuner.inputs import _passes, training_data

ROWS = 50
X = np.arange(float(ROWS)).reshape(ROWS, 1).astype("float32")


def read(x, **settings):
    return training_data(x, None, None, ["a"], **({"epochs": 3} | settings))


def rows():
    return tf.data.Dataset.from_tensor_slices((X, X))


def epochs_of(data, count=3, seed=0):
    """The rows of each epoch, as values."""
    return [data.arrays.x[data.order.of(seed, epoch)].ravel().tolist() for epoch in range(count)]


def passes(dataset, count=3):
    """What `fit` is yielded: the rows of each pass."""
    return [[float(value) for x, _ in dataset.as_numpy_iterator() for value in x.ravel()] for _ in range(count)]


def noisy():
    random = tf.random.Generator.from_non_deterministic_state()
    return rows().map(lambda x, y: (x + random.uniform(()), y)).batch(8)


class Batches(keras.utils.PyDataset):
    """Batches as people write them."""

    def __init__(self, order=None, noise=None, length=7):
        super().__init__()
        self.order, self.noise, self.length = np.arange(ROWS), noise, length
        self.on_end = order

    def __len__(self):
        return self.length

    def __getitem__(self, at):
        some = self.order[8 * at : 8 * at + 8]
        return X[some] + (0 if self.noise is None else self.noise.normal()), X[some]

    def on_epoch_end(self):
        if self.on_end is not None:
            self.on_end.shuffle(self.order)


def generator(count=None):
    at = 0
    while count is None or at < count:
        some = np.arange(8 * at, 8 * at + 8) % 48
        yield X[some], X[some]
        at += 1


def test_rows_that_come_in_one_order_keep_it():
    data = read(rows().batch(8))
    assert data.order.is_own
    assert data.order.batch_size == 8
    assert epochs_of(data) == passes(rows().batch(8))


def test_rows_that_are_shuffled_once_keep_that_order():
    dataset = rows().shuffle(ROWS, seed=1, reshuffle_each_iteration=False).batch(8)
    assert epochs_of(read(dataset)) == passes(dataset)


def test_shuffled_rows_are_shuffled_by_the_seed_of_the_trial():
    marks, orders = set(), set()
    for seed in (1, 2):
        data = read(rows().shuffle(ROWS, seed=seed).batch(8).prefetch(1))
        assert data.order.shuffle is True
        assert all(sorted(epoch) == list(range(ROWS)) for epoch in epochs_of(data))
        assert epochs_of(data, seed=1) != epochs_of(data, seed=2)
        marks.add(data.fingerprint)
        orders.add(str(epochs_of(data)))
    assert len(marks) == len(orders) == 1, "in every process the same"
    assert data.notes == ()


def test_a_small_buffer_is_said():
    assert read(rows().shuffle(10).batch(8)).notes == (
        "The dataset shuffles within 10 of its 50 rows at a time; trials shuffle all of them.",
    )


def test_shuffled_batches_stay_together():
    marks = set()
    for seed in (1, 2):
        data = read(rows().batch(8, drop_remainder=True).shuffle(9, seed=seed))
        marks.add((data.fingerprint, str(epochs_of(data))))
        for epoch in epochs_of(data):
            blocks = np.reshape(epoch, (6, 8))
            assert (np.diff(blocks, axis=1) == 1).all()
            assert sorted(blocks[:, 0]) == [0, 8, 16, 24, 32, 40]
    assert len(marks) == 1


def test_batches_of_a_py_dataset_are_shuffled_as_fit_does():
    data, plain = read(Batches()), read(Batches(), shuffle=False)
    assert plain.order.is_own
    assert data.order.shuffle == "batches"
    for epoch in epochs_of(data):
        assert epoch[-2:] == [48, 49], "the smaller batch stays the last"
        assert sorted(epoch) == list(range(ROWS))
    assert epochs_of(data) != epochs_of(data, seed=1)
    assert read(Batches(np.random.default_rng(0))).order.shuffle is True


def test_a_shuffle_that_leaves_out_rows_is_a_shuffle():
    data = read(rows().shuffle(ROWS).batch(8, drop_remainder=True), epochs=9)
    assert data.arrays.rows == ROWS
    assert (data.order.shuffle, data.order.steps) == (True, 6)
    assert all(len(set(epoch)) == 48 for epoch in epochs_of(data))


def test_other_rows_in_each_pass_are_trained_as_they_came():
    data = read(noisy())
    assert data.arrays.rows == 3 * ROWS
    assert data.order.recorded.shape == (3, ROWS)
    assert [[int(value) for value in epoch] for epoch in epochs_of(data)] == [list(range(ROWS))] * 3
    assert len({epoch[0] for epoch in epochs_of(data)}) == 3
    assert epochs_of(data, seed=0) == epochs_of(data, seed=1)
    assert "were read once, and all trials train on them" in data.notes[0]
    assert data.fingerprint == read(noisy()).fingerprint


def test_batches_of_other_rows_are_shuffled_too_where_fit_shuffles_them():
    data = read(Batches(noise=np.random.default_rng(0)))
    assert data.order.shuffle == "batches"
    assert epochs_of(data, seed=0) != epochs_of(data, seed=1)
    assert sorted([*chain(*epochs_of(data, seed=0))]) == sorted(data.arrays.x.ravel())


@pytest.mark.parametrize("dataset", [lambda: rows().batch(5).repeat(), lambda: rows().repeat().batch(5)])
def test_an_endless_dataset_goes_on_where_an_epoch_ended(dataset):
    data = read(dataset(), epochs=7, steps_per_epoch=4)
    assert data.arrays.rows == ROWS
    every = [float(value) for x, _ in dataset().take(28).as_numpy_iterator() for value in x.ravel()]
    assert [*chain(*epochs_of(data, 7))] == every


def test_whole_passes_of_an_endless_dataset_keep_their_smaller_batch():
    data = read(rows().batch(8).repeat(), steps_per_epoch=7)
    assert data.order.is_own
    assert epochs_of(data) == passes(rows().batch(8))


def test_an_endless_shuffle_is_a_shuffle():
    data = read(rows().shuffle(ROWS).batch(5).repeat(), epochs=5, steps_per_epoch=4)
    stream = [*chain(*epochs_of(data, 5))]
    assert data.order.shuffle is True
    assert sorted(stream[:ROWS]) == sorted(stream[ROWS:]) == list(range(ROWS))
    assert stream != [*chain(*epochs_of(data, 5, seed=1))]


def test_passes_that_run_into_each_other_are_trained_as_they_came():
    data = read(rows().repeat().shuffle(30, seed=1).batch(8), epochs=4, steps_per_epoch=6)
    assert data.arrays.rows <= ROWS, "each row is kept once"
    assert data.order.recorded.shape == (4, 48)


def test_a_generator_goes_on_from_epoch_to_epoch():
    data = read(generator(), epochs=4, steps_per_epoch=3)
    assert data.arrays.rows == 48
    assert epochs_of(data, 4) == [list(range(24)), list(range(24, 48))] * 2


def test_a_generator_that_ends_is_what_each_epoch_trains():
    data = read(generator(3))
    assert epochs_of(data) == [list(range(24))] * 3
    assert data.notes == ("x can be read only once, as generator: each epoch trains the 24 rows that it gave.",)
    assert read(generator(3), epochs=1).notes == ()


def test_steps_divide_a_pass():
    data = read(rows().batch(5), epochs=4, steps_per_epoch=5)
    assert epochs_of(data, 4) == [list(range(25)), list(range(25, 50))] * 2
    assert epochs_of(read(rows().batch(8), epochs=2, steps_per_epoch=3), 2) == [list(range(24)), list(range(24, 48))]


@pytest.mark.parametrize(
    ("dataset", "settings", "text"),
    [
        (lambda: rows().batch(8).repeat(), {}, "never end; say how many batches make an epoch, with steps_per_epoch"),
        (lambda: Batches(length=None), {}, "never end; say how many batches make an epoch, with steps_per_epoch"),
        (lambda: rows().batch(5), {"steps_per_epoch": 4}, "after 10 batches, and 3 epochs of steps_per_epoch=4 need 12"),
        (lambda: generator(8), {"steps_per_epoch": 3}, "the training data end after 8 batches, and 3 epochs"),
        (lambda: generator(6), {"steps_per_epoch": 3}, "or leave steps_per_epoch out"),
        (lambda: of_unknown_length(6), {"steps_per_epoch": 3}, "or leave steps_per_epoch out"),
        (lambda: generator(0), {}, "hold no batches"),
        (lambda: rows().take(0).batch(8), {}, "hold no batches"),
    ],
)
def test_too_few_and_too_many_batches(dataset, settings, text):
    with pytest.raises(InputError, match=text):
        read(dataset(), **settings)


def test_a_batch_that_cannot_be_read_is_named():
    def breaks():
        yield X[:8], X[:8]
        raise OSError("the disk is gone")

    def changes():
        yield X[:8], X[:8]
        yield X[:8], X[:8], np.ones(8)

    def lacks():
        yield X[:8], X[:8]
        yield X[:8]

    for given, text in [
        (breaks, "a batch of the generator cannot be read: OSError: the disk is gone"),
        (changes, "a batch has other inputs, targets or sample weights than the first one"),
        (lacks, "batch 2 of the training data must yield"),
    ]:
        with pytest.raises(InputError, match=text):
            read(given())


def of_unknown_length(count):
    form = tf.TensorSpec((None, 1)), tf.TensorSpec((None, 1))
    return tf.data.Dataset.from_generator(lambda: generator(count), output_signature=form)


def test_passes_of_unknown_length_are_read_to_their_end():
    assert epochs_of(read(of_unknown_length(3))) == [list(range(24))] * 3


def test_epochs_within_passes_of_other_rows_have_their_own_number_of_rows():
    data = read(noisy().take(6), epochs=3, steps_per_epoch=2)
    assert [[int(value) for value in epoch] for epoch in epochs_of(data)] == [[*range(16)], [*range(16, 32)], [*range(32, 48)]]
    data = read(noisy().take(4), epochs=3, steps_per_epoch=2)
    assert [[int(value) for value in epoch] for epoch in epochs_of(data)] == [[*range(16)], [*range(16, 32)], [*range(16)]]


def test_a_row_that_differs_in_each_pass_is_no_shuffle():
    passed = iter(range(100))

    def one_differs():
        noise = next(passed)
        for x, y in generator(4):
            yield (x + np.eye(8, 1, dtype="float32") * noise if x[0, 0] == 0 else x), y

    form = tf.TensorSpec((None, 1)), tf.TensorSpec((None, 1))
    data = read(tf.data.Dataset.from_generator(one_differs, output_signature=form))
    assert data.order.recorded is not None
    assert all(epoch[1:] == list(range(1, 32)) for epoch in epochs_of(data))


def test_what_a_py_dataset_does_between_epochs_within_a_pass_is_left_to_fit():
    class Acts(Batches):
        def on_epoch_begin(self):
            self.noise = None

    assert "acts between epochs" in read(Acts(length=6), steps_per_epoch=3).unread
    assert read(Acts(length=6), steps_per_epoch=6).arrays is not None


def uneven():
    for length in (8, 5, 8):
        yield X[:length], X[:length]


def longer():
    for length in (3, 5):
        yield np.ones((8, length)), X[:8]


@pytest.mark.parametrize(
    ("batches", "settings", "reason"),
    [
        (uneven, {}, "batches differ in their number of rows"),
        (longer, {}, "rows of different batches differ in shape"),
    ],
)
def test_what_cannot_be_kept_is_left_to_fit(batches, settings, reason):
    form = tf.TensorSpec((None, None)), tf.TensorSpec((None, 1))
    data = read(tf.data.Dataset.from_generator(batches, output_signature=form), **settings)
    assert data.arrays is None
    assert reason in data.unread
    assert data.checked.rows == 8


def test_a_smaller_batch_within_an_epoch_is_left_to_fit_with_the_way_out():
    assert "before .batch()" in read(rows().batch(8).repeat(), steps_per_epoch=6).unread
    assert read(rows().repeat().batch(8), steps_per_epoch=6).order.continues


def test_epochs_that_end_within_a_pass_with_a_smaller_batch_are_left_to_fit():
    assert "whose last batch is smaller" in read(rows().batch(13), epochs=4, steps_per_epoch=2).unread


def test_what_takes_too_much_memory_is_left_to_fit(monkeypatch):
    monkeypatch.setattr(_passes, "available_bytes", lambda: 20 * X.nbytes)
    assert read(rows().batch(8)).arrays is not None
    assert "more memory than is free" in read(noisy(), epochs=30).unread
    monkeypatch.setattr(_passes, "available_bytes", lambda: 0)
    assert "take more than 40% of the memory that is free" in read(rows().batch(8)).unread
    with pytest.raises(InputError, match="can be read only once, as generator, and cannot be kept for all trials"):
        read(generator(3))
