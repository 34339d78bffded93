"""Each sentence of the guide, and what of this product answers for it.

The guide is "Migrate a WorkSpace" of the Amazon WorkSpaces Administration Guide. A short quote stands
for each sentence or bullet that says something a fleet's administrator must know or do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from documents.all_documents import PROJECT
from migrator.domain.consequences import MOVED_FOLDERS, consequences
from migrator.domain.fixed_rules import FIXED_RULES
from migrator.domain.migration import decide
from migrator.domain.outcomes import Outcome
from migrator.domain.passing_rules import PASSING_RULES, STARTABLE_STATES
from migrator.domain.permits import permit_limit
from migrator.domain.plan import make_plan
from migrator.domain.rule_ids import RuleId
from migrator.domain.run_input import Polling, RunInput
from migrator.domain.scenarios import offered
from migrator.domain.verification import deviations, missing_tags
from migrator.domain.volumes import after_migration

Answer = RuleId | Outcome | Callable[..., object] | str
"""A rule, an outcome, the code that does it, or a document and a phrase in it ("docs/x.md: phrase")."""


@dataclass(frozen=True)
class Sentence:
    """A quote of the guide and what answers for it."""

    quote: str
    answers: tuple[Answer, ...]


def says(quote: str, *answers: Answer) -> Sentence:
    return Sentence(quote, answers)


REASONS = "docs/reasons.md: "

GUIDE: dict[str, list[Sentence]] = {
    "Introduction": [
        says("from one bundle to another, while retaining the data on the user volume", consequences),
        says("from the Windows 7 desktop experience to the Windows 10 desktop experience", offered),
        says("from one public or custom bundle to another", offered),
        says("from GPU-enabled bundles to non-GPU-enabled bundles, and vice versa", offered),
        says("a new root volume from the target bundle image", consequences),
        says("the user volume from the last available snapshot", RuleId.NO_SNAPSHOT, consequences),
        says("The old user profile is renamed", consequences),
        says("certain files in the old user profile are moved to the new user profile", consequences),
        says("takes up to one hour per WorkSpace", Polling, Outcome.NEVER_STARTED),
        says("a new WorkSpace is created", decide),
        says("the original WorkSpace is recovered, and the new WorkSpace is terminated", Outcome.ROLLED_BACK),
    ],
    "Migration Limits": [
        says("cannot migrate to a public or custom Windows 7 bundle", RuleId.WINDOWS_7_TARGET),
        says("cannot migrate to BYOL Windows 7 bundles", RuleId.WINDOWS_7_TARGET),
        says("BYOL WorkSpaces only to other BYOL bundles", RuleId.BYOL_SOURCE),
        says("from public or custom bundles to a BYOL bundle", RuleId.BYOL_TARGET),
        says("between Plus bundles and non-Plus bundles", RuleId.PLUS_EDITION, RuleId.BUNDLE_UNKNOWN),
        says("Linux WorkSpaces is not currently supported", RuleId.LINUX),
        says("you can migrate WorkSpaces between language bundles", RuleId.LANGUAGE),
        says("source and target bundles must be different", RuleId.SAME_BUNDLE),
        says(
            "the same Windows 10 bundle as long as the languages differ",
            REASONS + "its own id",
        ),
        says("refresh your WorkSpace using the same bundle, rebuild", REASONS + "rebuild it instead"),
        says(
            "cannot migrate WorkSpaces across Regions",
            RuleId.REGION,
            RuleId.BUNDLE_UNAVAILABLE,
            RuleId.NOT_FOUND,
        ),
        says("you might not receive an error message", Outcome.NEVER_STARTED),
        says("bundle remains the same one hour after", Outcome.NEVER_STARTED, Polling),
        says("Contact the AWS Support Center", decide),
    ],
    "Available Migration Scenarios": [
        says("which migration scenarios are available", RuleId.SCENARIO, offered),
        says("Custom bundle Windows 10 to public bundle Windows 10: No", RuleId.CUSTOM_10_TO_PUBLIC_10),
    ],
    "What Happens During Migration": [
        says("all of the data on the root volume is lost", consequences),
        says("none of the installed applications, settings, and changes to the registry", consequences),
        says("renamed with the .NotMigrated suffix", consequences),
        says("drive D based on the last snapshot of the original user volume", consequences),
        says("moves the original folder to a folder named MMddyyTHHmmss.NotMigrated", consequences),
        says("the files in the following user shell folders are moved", consequences, REASONS + "Migrated"),
        says("Any files that weren't moved remain in the .NotMigrated folder", consequences),
        says("which files got moved in MigrationLogs", consequences),
        says("Any tags are carried over", missing_tags),
        says("the running mode of the WorkSpace is preserved", deviations),
        says("a new WorkSpace ID, computer name, and IP address", consequences),
    ],
    "Best Practices": [
        says("Back up any important data on drive C", consequences),
        says("at least 12 hours old, to ensure that a snapshot has been created", RuleId.NO_SNAPSHOT),
        says("Any data created after the last snapshot is lost", RuleId.UNSAVED_WORK, RuleId.SNAPSHOT_AGE),
        says("users log out and don't log back in until finished", RuleId.USER_CONNECTED, consequences),
        says("cannot be migrated when they are in ADMIN_MAINTENANCE", RuleId.ADMIN_MAINTENANCE),
        says("a status of AVAILABLE, STOPPED, or ERROR", RuleId.STATE),
        says("you have enough IP addresses", RuleId.ADDRESSES, permit_limit),
        says("batches of no more than 25 WorkSpaces at a time", make_plan, RunInput),
    ],
    "Troubleshooting": [
        says("users report missing files after migration", consequences),
        says("the target WorkSpace ID returned by the API will not be used", decide, Outcome.ROLLED_BACK),
        says("check the Active Directory to see if it was cleaned up", RunInput),
    ],
    "How Billing Is Affected": [
        says("prorated amounts for both the new and the original WorkSpaces", consequences),
        says("the root volume increases to match the default of the new bundle", after_migration),
        says("that same user volume size is retained", after_migration),
        says("the larger of the source size and the default size for the new bundle", after_migration),
    ],
    "Migrating a WorkSpace": [
        says("choose the target bundle for each WorkSpace user", RunInput),
        says("changes made after the listed snapshot time are discarded", RuleId.SNAPSHOT_AGE, consequences),
        says("A new WorkSpace with a status of PENDING appears", decide),
        says("the original is terminated, and the new WorkSpace is AVAILABLE", Outcome.MIGRATED, decide),
    ],
}

BEYOND_THE_GUIDE = {
    RuleId.PROTOCOL_ONLY: "the API",
    RuleId.NESTED_VIRTUALIZATION: "the API",
    RuleId.STANDBY: "the API",
    RuleId.DUPLICATE_USER: "the API",
    RuleId.MODIFICATION_IN_PROGRESS: "the API",
    RuleId.OPT_OUT: "this product",
}
"""Rules that no sentence of the guide asks for, and who does."""

SENTENCES = [one for section in GUIDE.values() for one in section]


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda one: one.quote[:40])
def test_something_answers_for_each_sentence(sentence: Sentence) -> None:
    assert sentence.answers
    for answer in sentence.answers:
        if isinstance(answer, RuleId | Outcome) or not isinstance(answer, str):
            continue
        path, _, phrase = answer.partition(": ")
        assert phrase in (PROJECT / path).read_text(encoding="utf-8")


def test_every_rule_is_asked_for_by_somebody() -> None:
    told = {answer for one in SENTENCES for answer in one.answers if isinstance(answer, RuleId)}
    assert told.isdisjoint(BEYOND_THE_GUIDE)
    assert told | BEYOND_THE_GUIDE.keys() == set(RuleId)


def test_a_rules_source_is_who_asks_for_it() -> None:
    sources = {rule.rule_id: rule.source for rule in FIXED_RULES}
    sources |= {rule.rule_id: rule.source for rule in PASSING_RULES}
    by_section = {
        answer: section
        for section, sentences in GUIDE.items()
        for one in sentences
        for answer in one.answers
        if isinstance(answer, RuleId)
    }
    for rule_id, source in sources.items():
        if rule_id in BEYOND_THE_GUIDE:
            assert source.startswith(BEYOND_THE_GUIDE[rule_id]), rule_id
        elif source.startswith("the guide, "):
            section = source.removeprefix("the guide, ").partition(" (")[0]
            assert section in GUIDE
            assert any(rule_id in one.answers for one in GUIDE[section]), (rule_id, section)
        else:
            assert rule_id in {RuleId.BUNDLE_UNAVAILABLE, RuleId.BUNDLE_UNKNOWN, RuleId.NOT_FOUND}
    assert set(by_section) <= set(sources)


def test_the_guides_lists_are_word_for_word() -> None:
    assert sorted(STARTABLE_STATES) == ["AVAILABLE", "ERROR", "STOPPED"]
    assert MOVED_FOLDERS == ("Desktop", "Documents", "Downloads", "Favorites", "Music", "Pictures", "Videos")
    assert RunInput.model_fields["batch_size"].default == 25
    assert Polling().failed_after_minutes == 60
