"""What a run leaves in the runs bucket, under runs/<run id>/."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError
from pydantic import ValidationError

from migrator.adapters.clear_answers import UNLIKE, UnclearAnswer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


Made = TypeVar("Made")


def _why(fault: Exception) -> str:
    """What is wrong with a document, without what is in it: Lambda logs an error's text, and logs name no
    user."""
    if not isinstance(fault, ValidationError):
        return str(fault)
    faults = fault.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults)


class Runs:
    """Objects of runs, by run id and name."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def key(self, run_id: str, name: str) -> str:
        return f"runs/{run_id}/{name}"

    def write(self, run_id: str, name: str, text: str, content_type: str) -> str:
        """Write an object and return its s3:// address."""
        key = self.key(run_id, name)
        self._client.put_object(Bucket=self.bucket, Key=key, Body=text.encode(), ContentType=content_type)
        return f"s3://{self.bucket}/{key}"

    def write_json(self, run_id: str, name: str, document: Any) -> str:
        return self.write(run_id, name, json.dumps(document), "application/json")

    def write_lines(self, run_id: str, name: str, documents: Iterable[Any]) -> str:
        """JSON Lines."""
        text = "".join(json.dumps(one) + "\n" for one in documents)
        return self.write(run_id, name, text, "application/x-ndjson")

    def read(self, run_id: str, name: str) -> str | None:
        """The object's text; None where there is none."""
        return self.read_object(self.bucket, self.key(run_id, name))

    def read_json(self, run_id: str, name: str) -> Any:
        """The document; None where there is none. Raises UnclearAnswer for an object that is no JSON."""
        with self.reading(run_id, name):
            text = self.read(run_id, name)
            return None if text is None else json.loads(text)

    def read_as(self, run_id: str, name: str, make: Callable[[Any], Made]) -> Made | None:
        """What `make` makes of the document; None where there is none.

        Raises UnclearAnswer for an object of which it cannot be made.
        """
        document = self.read_json(run_id, name)
        with self.reading(run_id, name):
            return None if document is None else make(document)

    def read_lines(self, run_id: str, name: str) -> Iterator[Any]:
        """The documents of a JSON Lines object; none where there is no such object.

        Raises UnclearAnswer for an object that is something else.
        """
        with self.reading(run_id, name):
            text = self.read(run_id, name) or ""
            yield from map(json.loads, text.splitlines())

    @contextmanager
    def reading(self, run_id: str, name: str) -> Iterator[None]:
        """Whatever inside cannot be made of the object is an UnclearAnswer that names it."""
        try:
            yield
        except UNLIKE as fault:
            raise UnclearAnswer(
                f"s3://{self.bucket}/{self.key(run_id, name)} is not what a run writes there "
                f"({type(fault).__name__}: {_why(fault)[:200]}). Nothing is concluded from it. Restore the "
                "version of the object before it, or start a new run."
            ) from fault

    def read_object(self, bucket: str, key: str) -> str | None:
        """Any object's text, such as an inventory's; None where there is none."""
        try:
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
                return None
            raise
        return body.decode("utf-8-sig")
