"""What is told of a computation: how far it is while it runs, and afterwards what happened.

Takes    nothing
Gives    Progress, Explanation, and the words for them
Imports  nothing
"""
