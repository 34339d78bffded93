"""DynamoDB as far as the functions use it, in this process: what DynamoDB answers, for the operations here.

What is not here raises NotImplementedError and names the gap: an invented answer would hide it.
"""

from rehearsal.dynamodb.service import DynamoDB

__all__ = ["DynamoDB"]
