"""A small study as each release wrote it: later ones read it, report on it and go on with it."""
