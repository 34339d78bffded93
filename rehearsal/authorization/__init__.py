"""IAM in a rehearsal: each call is held against the policies that the synthesized template gives its caller.

`policies` reads statements and decides, `letting_in` does so for policies that name whom they are about,
`needs` says which actions on which resources a call takes, `roles` finds whose policies are whose, `gate`
puts these together.
"""
