"""This project against the stock ways of doing the same work, in one run.

`python -m benchmarks.throughput` measures seconds per finished trial, `python -m benchmarks.memory` resident memory over many
trials, `python -m benchmarks.trust` whether decisions hold where the truth is known; README.md beside this file says what is
measured and how to read it. Not part of the installed packages.
"""
