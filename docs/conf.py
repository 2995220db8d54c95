"""The documentation site: `make docs` writes it to build/docs, and any warning is an error."""

from importlib.metadata import version as installed

project = "loss-weight-tuner"
version = release = installed(project)
copyright = "the authors of loss-weight-tuner"
root_doc = "docs/index"
include_patterns = ["docs/*.md", "notebooks/*.ipynb", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md", "README.md"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
nb_execution_mode = "off"  # they are committed with their outputs, and the tests run them
myst_heading_anchors = 3
default_role = "code"
autodoc_typehints = "none"  # the signatures are long enough
autodoc_member_order = "bysource"
html_theme = "furo"
html_title = "loss-weight-tuner"
suppress_warnings = ["misc.highlighting_failure", "mystnb.unknown_mime_type"]
