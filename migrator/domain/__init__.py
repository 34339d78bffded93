"""Decisions of the product as pure functions: no AWS, no environment, no clock."""
