"""The published ids of the rules (design: contract)."""

from __future__ import annotations

from enum import StrEnum


class RuleId(StrEnum):
    """Fixed ids; docs/reasons.md says what each means."""

    # Judged at planning: what does not change.
    SAME_BUNDLE = "same-bundle"
    WINDOWS_7_TARGET = "windows-7-target"
    BYOL_SOURCE = "byol-source"
    BYOL_TARGET = "byol-target"
    PLUS_EDITION = "plus-edition"
    LINUX = "linux"
    SCENARIO = "scenario"
    CUSTOM_10_TO_PUBLIC_10 = "custom-10-to-public-10"
    LANGUAGE = "language"
    REGION = "region"
    BUNDLE_UNAVAILABLE = "bundle-unavailable"
    BUNDLE_UNKNOWN = "bundle-unknown"
    PROTOCOL_ONLY = "protocol-only"
    NESTED_VIRTUALIZATION = "nested-virtualization"
    STANDBY = "standby"
    OPT_OUT = "opt-out"
    DUPLICATE_USER = "duplicate-user"
    NOT_FOUND = "not-found"
    # Judged just before the start of each WorkSpace: what changes.
    STATE = "state"
    ADMIN_MAINTENANCE = "admin-maintenance"
    MODIFICATION_IN_PROGRESS = "modification-in-progress"
    USER_CONNECTED = "user-connected"
    NO_SNAPSHOT = "no-snapshot"
    UNSAVED_WORK = "unsaved-work"
    SNAPSHOT_AGE = "snapshot-age"
    ADDRESSES = "addresses"
