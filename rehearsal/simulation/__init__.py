"""The simulation: fleets, inputs and faults nobody has thought of, through the real state machine.

A seed draws a case (draw_*), the case is rehearsed (evidence), and what must always hold is checked on
what the run left behind (invariants, which ask the oracle what is true). A case is four kinds of files
that `rehearse run` takes: a failing one is its own reproducer.
"""
