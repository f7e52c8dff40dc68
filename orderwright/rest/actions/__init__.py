"""Invocable actions: the actions of order management under the names by which flows and other clients call them.

An action does nothing of its own. It is another name for a Connect resource: the ids in the resource's path and its
body are input parameters, its answer is an output parameter, and there is one result for each input.
"""
