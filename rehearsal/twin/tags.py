"""Tags, as the WorkSpaces service and the Resource Groups Tagging API answer about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.twin.account import Account
from rehearsal.twin.clocks import Clock
from rehearsal.twin.errors import ServiceError, resource_not_found
from rehearsal.twin.paging import BadToken, page, place_of

MOST_TAGS = 50

Request = dict[str, Any]
Response = dict[str, Any]


class TagAnswers:
    """DescribeTags, CreateTags; GetResources for what belongs to WorkSpaces."""

    def __init__(self, clock: Clock, account: Account) -> None:
        self._clock = clock
        self._account = account
        self._prefix = account.arn("")

    def describe_tags(self, request: Request) -> Response:
        """The tags of a WorkSpace, a directory, a bundle or an image."""
        return {"TagList": _as_list(self._tags(request["ResourceId"]))}

    def create_tags(self, request: Request) -> Response:
        """Adds tags, or gives them new values."""
        tags = self._tags(request["ResourceId"])
        added = {tag["Key"]: tag.get("Value", "") for tag in request["Tags"]}
        if len(tags.keys() | added.keys()) > MOST_TAGS:
            raise ServiceError("ResourceLimitExceededException", "Your resource limits have been exceeded.")
        tags.update(added)
        return {}

    def get_resources(self, request: Request) -> Response:
        """GetResources for WorkSpaces: those that have tags, by ARN or by type and tag filters."""
        arns, types = request.get("ResourceARNList"), request.get("ResourceTypeFilters")
        filters = request.get("TagFilters") or []
        size, most_tags = request.get("ResourcesPerPage"), request.get("TagsPerPage")
        if arns and (types or filters or size or most_tags or request.get("PaginationToken")):
            raise ServiceError(
                "InvalidParameterException", "ResourceARNList cannot be combined with other parameters."
            )
        if size is not None and not 1 <= size <= 100:
            raise ServiceError("InvalidParameterException", "ResourcesPerPage must be between 1 and 100")
        if most_tags is not None and (not 100 <= most_tags <= 500 or most_tags % 100):
            raise ServiceError("InvalidParameterException", "TagsPerPage must be 100 to 500, in hundreds")
        if arns:
            found = [_mapping(arn, tags) for arn in arns if (tags := self._tags_of_arn(arn))]
            return {"PaginationToken": "", "ResourceTagMappingList": found}
        asked = sorted([each["Key"], *sorted(each.get("Values", []))] for each in filters)
        question = ["GetResources", sorted(types or []), asked]
        try:
            start = place_of(request.get("PaginationToken"), question)
        except BadToken:
            raise ServiceError("PaginationTokenExpiredException", "The token is not valid.") from None
        matching = (each for each in self._tagged_after(start, types) if _matches(each[2], filters))
        resources, token = page(matching, min(size or 50, most_tags or 100), lambda each: each[0], question)
        return {
            "PaginationToken": token or "",
            "ResourceTagMappingList": [_mapping(arn, tags) for _, arn, tags in resources],
        }

    def _tagged_after(self, place: int, types: list[str] | None) -> Iterator[tuple[int, str, dict[str, str]]]:
        wanted = set(types or ["workspaces"])
        if wanted & {"workspaces", "workspaces:workspace"}:
            for desktop in self._account.desktops.after(place):
                if desktop.tags and desktop.shown_at(self._clock.now()):
                    yield desktop.sequence, self._account.arn(desktop.workspace_id), desktop.tags

    def _tags_of_arn(self, arn: str) -> dict[str, str] | None:
        # An ARN of anything else keeps its prefix, and no WorkSpace is called that.
        desktop = self._account.desktops.shown(arn.removeprefix(self._prefix), self._clock.now())
        return desktop.tags if desktop else None

    def _tags(self, resource_id: str) -> dict[str, str]:
        desktop = self._account.desktops.shown(resource_id, self._clock.now())
        if desktop is not None:
            return desktop.tags
        if resource_id in self._account.other_tags:
            return self._account.other_tags[resource_id]
        raise resource_not_found("resource", resource_id)


def _as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _mapping(arn: str, tags: Mapping[str, str]) -> Response:
    return {"ResourceARN": arn, "Tags": _as_list(tags)}


def _matches(tags: Mapping[str, str], filters: list[dict[str, Any]]) -> bool:
    """All filters hold; a filter holds when the key is there, with one of the values if it names any."""
    return all(
        each["Key"] in tags and (not each.get("Values") or tags[each["Key"]] in each["Values"])
        for each in filters
    )
