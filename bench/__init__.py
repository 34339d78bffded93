"""How good the product is, in figures: measured against the ideal and against what people use instead.

Only for development: nothing here is deployed.
"""
