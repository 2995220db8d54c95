"""What ends a study early."""


class StudyStopped(RuntimeError):  # noqa: N818  the study stopped; the error is the trials' own
    """Several trials in a row failed; everything finished is kept."""
