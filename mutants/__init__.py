"""make mutants: does a test notice when the domain decides otherwise?

Each mutant is one small change of one module of the domain: another comparison, a condition turned round, a
state's name misspelt, an answer withheld. The unit and property tests of that module must then fail.

Ours, and not a tool's: mutmut leaves module-level tables (the rules) as they are, and cosmic-ray writes
mutants into the sources and starts an interpreter for each. Here a mutant lives in the memory of a forked
process that has the libraries loaded already: half a second each, and nothing to restore.
"""
