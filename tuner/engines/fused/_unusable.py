"""Why a program cannot be used."""


class Untraceable(Exception):  # noqa: N818  not an error of the person's: these trials are left to `fit`
    """No option of a group's program can be used; says why, as the end of the sentence "Left to compile and fit: …"."""


class Differs(Untraceable):
    """A program does not train as compile and fit do."""


class BuiltOtherwise(Untraceable):
    """The model of a seed is another one than that of the program."""
