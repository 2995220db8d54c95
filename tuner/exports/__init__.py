"""The pick as files that serve predictions, each held against the Keras model that it was made from."""

from tuner.exports._all_rows import with_validation_rows
from tuner.exports._export import FORMATS, check_formats
from tuner.exports._folder import export_models

__all__ = ["FORMATS", "check_formats", "export_models", "with_validation_rows"]
