"""The Lambda functions, one short module each."""
