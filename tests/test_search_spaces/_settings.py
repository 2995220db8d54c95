"""Settings of Keras's classes, each changed from its default."""

import inspect


def changed_settings(cls, leave_out):
    for name, parameter in inspect.signature(cls.__init__).parameters.items():
        value = parameter.default
        if name in leave_out or isinstance(value, str) or value is inspect.Parameter.empty or value is None:
            continue
        yield (
            name,
            (not value if isinstance(value, bool) else ((value * 0.5 or 0.5) if isinstance(value, float) else value)),
        )
