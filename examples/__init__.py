"""Real studies on real data: `examples.tickets` and `examples.census`, each with a model, a loader and a study file."""
