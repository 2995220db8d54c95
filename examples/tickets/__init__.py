"""Ticket triage on real text: was a weight of 0.2 a good guess?

The Keras guide to the functional API triages customer tickets: title, body and tags go in, a priority and a department
come out, compiled with RMSprop(1e-3) and loss weights [1.0, 0.2]. The guide has no data; here they are 23,486 reviews of
women's clothing (public domain, CC0), of which 22,628 have both a text and a department.

Inputs: `title` (10 tokens), `body` (80 tokens), `tags` (age and feedback count, standardised, and the division).
Outputs: `priority` (rating of 3 or less: 23 % of the reviews) and `department` (6 classes).
"""

from examples.tickets.data import load
from examples.tickets.model import build

__all__ = ["build", "load"]
