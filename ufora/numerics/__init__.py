"""Exact arithmetic that both tiers share.

Takes    numbers
Gives    ExactSum: sums whose value does not depend on the order of adding; MachineCode from LLVM text
Imports  nothing of ours
"""
