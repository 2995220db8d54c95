"""This project against the stock ways of doing the same work, in one run."""
