"""IAM in a rehearsal: each call is held against the policies that the synthesized template gives its caller.

`policies` reads statements and decides, `needs` says which actions on which resources a call takes, `roles`
finds whose policies are whose, `gate` puts the three together.
"""
