"""This project against the stock ways of doing the same work, in one run.

`python -m benchmarks.throughput` measures seconds per finished trial, `python -m benchmarks.memory` resident memory over many
trials; README.md beside this file says what is measured and how to read it. Not part of the installed packages.
"""
