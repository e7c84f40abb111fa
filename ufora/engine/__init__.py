"""The engine: who computes what, where results live, what is computed again when a worker is lost.

Takes    tasks (opaque bytes and the results they need), questions for drivers
Gives    results, facts about workers
Imports  pyfora.errors
"""
