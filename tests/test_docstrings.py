"""Every public class and function shows a call and its result; the doctests run them."""

import doctest
import inspect
from importlib import import_module

import pytest

PACKAGES = ("search_spaces", "reports", "tuner", "tuner.production", "tuner.policies", "tuner.engines")


def public(package):
    """The classes and functions that a package offers, by name: those of `__all__`, else those without an underscore."""
    module = import_module(package)
    own = [name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == package and name[0] != "_"]
    things = {name: getattr(module, name) for name in getattr(module, "__all__", own)}
    return {name: thing for name, thing in things.items() if inspect.isclass(thing) or inspect.isfunction(thing)}


def examples(thing):
    """The examples in a docstring of its own or, for a class, of its methods."""
    members = vars(thing).values() if inspect.isclass(thing) else ()
    methods = [member for member in members if inspect.isroutine(member) or isinstance(member, property)]
    texts = [documented.__doc__ or "" for documented in (thing, *methods)]
    return [example for text in texts for example in doctest.DocTestParser().get_examples(text)]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_shows_a_call_and_its_result(package):
    offered = public(package)
    assert offered
    assert sorted(name for name, thing in offered.items() if not any(example.want for example in examples(thing))) == []
