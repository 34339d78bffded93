"""Each sentence of the guide against the twin: what observes it there, through boto3 or on the drives.

The sentences are those of tests/unit/test_guide_coverage.py, which says what of the product answers for each.
A sentence that is added there needs an observation here, or the reason why the service shows nothing of it.
What the guide does not say, but the API and its documentation do, is the second table.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract import test_twin_answers as answers
from tests.contract import test_twin_directory as directory
from tests.contract import test_twin_drives as drives
from tests.contract import test_twin_migrations as migrations
from tests.contract import test_twin_tags as tags
from tests.contract import test_twin_users as users
from tests.contract import test_wire as wire
from tests.twin_bench import PERFORMANCE_10, STANDARD_10, bench, fleet_document, workspace_id
from tests.unit.test_guide_coverage import GUIDE

Observation = Callable[..., Any]

OWN = {"Owner": "123456789012"}
PUBLIC = {"Owner": "AMAZON"}
BYOL = {**OWN, "ImageId": "wsi-byol000001"}
SCENARIOS = [
    (PUBLIC, "7", PUBLIC, "10", True),
    (PUBLIC, "7", OWN, "10", True),
    (OWN, "7", PUBLIC, "10", True),
    (OWN, "7", OWN, "10", True),
    (OWN, "7", PUBLIC, "7", False),
    (OWN, "7", OWN, "7", False),
    (PUBLIC, "7", OWN, "7", False),
    (PUBLIC, "10", PUBLIC, "7", False),
    (PUBLIC, "10", OWN, "7", False),
    (OWN, "10", PUBLIC, "7", False),
    (OWN, "10", OWN, "7", False),
    (PUBLIC, "10", OWN, "10", True),
    (OWN, "10", OWN, "10", True),
    (BYOL, "7", BYOL, "7", False),
    (BYOL, "7", BYOL, "10", True),
    (BYOL, "10", BYOL, "7", False),
    (BYOL, "10", BYOL, "10", True),
    # Migration Limits: BYOL only to BYOL, and nothing else to it.
    (BYOL, "10", PUBLIC, "10", False),
    (BYOL, "7", OWN, "10", False),
    (PUBLIC, "10", BYOL, "10", False),
    (OWN, "7", BYOL, "10", False),
    # In the guide's table this is a No; the service takes it today, and so does the twin, so that a run with
    # the rule custom-10-to-public-10 relaxed can be rehearsed.
    (OWN, "10", PUBLIC, "10", True),
]


@pytest.mark.parametrize(("source", "windows", "target", "target_windows", "taken"), SCENARIOS)
def test_the_scenarios(
    source: dict[str, str], windows: str, target: dict[str, str], target_windows: str, taken: bool
) -> None:
    document = fleet_document()
    for row, owner, version in zip(
        document["Bundles"][:2], (source, target), (windows, target_windows), strict=True
    ):
        row |= {**owner, "Name": f"Ours {'BYOL ' if owner is BYOL else ''}Windows {version}"}
    with bench(document) as on:
        if taken:
            assert on.states(on.migrate()) == ["PENDING"]
        else:
            call = {"SourceWorkspaceId": workspace_id(0), "BundleId": PERFORMANCE_10}
            assert on.error_of(on.workspaces.migrate_workspace, **call) == "OperationNotSupportedException"
            assert on.states(workspace_id(0)) == ["AVAILABLE"]


def test_graphics_to_others_and_back() -> None:
    document = fleet_document(2)
    for number, kind in enumerate(("GRAPHICS", "GRAPHICSPRO")):
        bundle_id = f"wsb-gpu000000{number}"
        document["Bundles"].append(
            {**PUBLIC, "BundleId": bundle_id, "Name": "GPU with Windows 10", "ComputeType": {"Name": kind}}
        )
        document["Workspaces"][number]["BundleId"] = bundle_id
    with bench(document) as on:
        for number in range(2):
            target = on.migrate(workspace_id(number), PERFORMANCE_10)
            on.pass_time(3600)
            assert on.row(target)["WorkspaceProperties"]["ComputeTypeName"] == "PERFORMANCE"
            back = on.migrate(target, f"wsb-gpu000000{number}")
            on.pass_time(3600)
            assert on.row(back)["WorkspaceProperties"]["ComputeTypeName"].startswith("GRAPHICS")


OBSERVED: dict[str, tuple[Observation, ...]] = {
    # Introduction
    "from one bundle to another, while retaining the data on the user volume": (
        migrations.test_a_bundle_listing_shows_the_move,
        drives.test_work_before_the_snapshot_is_there_and_work_after_it_is_gone,
    ),
    "from the Windows 7 desktop experience to the Windows 10 desktop experience": (test_the_scenarios,),
    "from one public or custom bundle to another": (test_the_scenarios,),
    "from GPU-enabled bundles to non-GPU-enabled bundles, and vice versa": (
        test_graphics_to_others_and_back,
    ),
    "a new root volume from the target bundle image": (
        drives.test_drive_c_is_that_of_the_target_bundle,
        migrations.test_volume_sizes,
    ),
    "the user volume from the last available snapshot": (
        drives.test_work_before_the_snapshot_is_there_and_work_after_it_is_gone,
        users.test_the_user_volume_is_that_of_the_last_snapshot_when_the_migration_began,
        users.test_what_was_worked_on_comes_back_as_of_the_snapshot,
    ),
    "A new user profile is generated": (
        drives.test_the_old_profile_is_renamed_by_user_and_moment_and_a_new_one_is_made,
    ),
    "The old user profile is renamed": (
        drives.test_the_old_profile_is_renamed_by_user_and_moment_and_a_new_one_is_made,
    ),
    "certain files in the old user profile are moved to the new user profile": (
        drives.test_files_of_the_seven_folders_are_moved_and_all_else_stays_behind,
    ),
    "takes up to one hour per WorkSpace": (
        migrations.test_durations_are_log_normal_and_within_the_guides_hour,
        migrations.test_what_happens_takes_what_duration_says_whatever_else_is_under_way,
    ),
    "a new WorkSpace is created": (migrations.test_a_migration_runs_as_the_guide_says,),
    "the original WorkSpace is recovered, and the new WorkSpace is terminated": (
        migrations.test_rolls_back,
        drives.test_rolled_back_everything_is_as_it_was_work_after_the_snapshot_too,
    ),
    # Migration Limits
    "cannot migrate to a public or custom Windows 7 bundle": (test_the_scenarios,),
    "cannot migrate to BYOL Windows 7 bundles": (test_the_scenarios,),
    "BYOL WorkSpaces only to other BYOL bundles": (test_the_scenarios,),
    "from public or custom bundles to a BYOL bundle": (test_the_scenarios,),
    "Linux WorkSpaces is not currently supported": (
        migrations.test_what_the_service_does_not_take_on,
        migrations.test_newer_windows_and_linux,
    ),
    "source and target bundles must be different": (answers.test_errors_come_by_their_codes,),
    "cannot migrate WorkSpaces across Regions": (
        answers.test_errors_come_by_their_codes,
        answers.test_only_the_fleets_region_has_the_fleet,
    ),
    "you might not receive an error message": (migrations.test_never_starts,),
    "bundle remains the same one hour after": (migrations.test_never_starts,),
    # Available Migration Scenarios
    "which migration scenarios are available": (test_the_scenarios,),
    "Custom bundle Windows 10 to public bundle Windows 10: No": (test_the_scenarios,),
    # What Happens During Migration
    "all of the data on the root volume is lost": (drives.test_drive_c_is_that_of_the_target_bundle,),
    "none of the installed applications, settings, and changes to the registry": (
        drives.test_drive_c_is_that_of_the_target_bundle,
    ),
    "renamed with the .NotMigrated suffix": (
        drives.test_the_old_profile_is_renamed_by_user_and_moment_and_a_new_one_is_made,
    ),
    "drive D based on the last snapshot of the original user volume": (
        drives.test_work_before_the_snapshot_is_there_and_work_after_it_is_gone,
        drives.test_without_a_snapshot_drive_d_begins_empty,
    ),
    "moves the original folder to a folder named MMddyyTHHmmss.NotMigrated": (
        drives.test_the_old_profile_is_renamed_by_user_and_moment_and_a_new_one_is_made,
        drives.test_migrated_twice_both_old_profiles_are_there,
    ),
    "A new folder is generated by the new OS": (
        drives.test_the_old_profile_is_renamed_by_user_and_moment_and_a_new_one_is_made,
    ),
    "the files in the following user shell folders are moved": (
        drives.test_files_of_the_seven_folders_are_moved_and_all_else_stays_behind,
    ),
    "Any files that weren't moved remain in the .NotMigrated folder": (
        drives.test_files_of_the_seven_folders_are_moved_and_all_else_stays_behind,
        drives.test_a_path_too_long_for_windows_stays_behind,
    ),
    "which files got moved in MigrationLogs": (drives.test_the_log_tells_what_was_moved,),
    "Any tags are carried over": (migrations.test_a_migration_runs_as_the_guide_says,),
    "the running mode of the WorkSpace is preserved": (
        migrations.test_the_new_workspace_is_available_and_its_running_mode_goes_on,
    ),
    "a new WorkSpace ID, computer name, and IP address": (
        migrations.test_a_migration_runs_as_the_guide_says,
        migrations.test_every_address_in_use_is_another_one,
    ),
    # Best Practices
    "Back up any important data on drive C": (drives.test_drive_c_is_that_of_the_target_bundle,),
    "at least 12 hours old, to ensure that a snapshot has been created": (
        users.test_a_migrated_workspace_has_no_snapshot_until_its_first_comes,
        users.test_left_out_there_is_a_snapshot_within_12_hours_and_a_new_one_every_12_hours,
    ),
    "you can see the time of the last snapshot": (
        users.test_a_stated_snapshot_is_that_snapshot_and_the_next_comes_12_hours_after_it,
        users.test_a_snapshot_taken_while_the_file_was_being_written_is_not_there_before_its_time,
    ),
    "Any data created after the last snapshot is lost": (
        drives.test_work_before_the_snapshot_is_there_and_work_after_it_is_gone,
    ),
    "users log out and don't log back in until finished": (
        users.test_a_user_who_logs_in_during_the_migration_loses_that_work_and_is_cut_off,
        users.test_the_service_sees_a_user_at_its_next_look_and_remembers_when_it_was_gone,
    ),
    "cannot be migrated when they are in ADMIN_MAINTENANCE": (
        migrations.test_what_the_service_does_not_take_on,
    ),
    "a status of AVAILABLE, STOPPED, or ERROR": (
        migrations.test_the_new_workspace_is_available_and_its_running_mode_goes_on,
        migrations.test_what_the_service_does_not_take_on,
    ),
    "you have enough IP addresses": (migrations.test_no_free_address_no_migration,),
    "new IP addresses will be allocated": (
        migrations.test_addresses_are_taken_at_once_and_given_back_when_the_original_is_terminated,
    ),
    # Troubleshooting
    "users report missing files after migration": (
        drives.test_the_log_tells_what_was_moved,
        drives.test_an_administrator_finds_a_line_for_each_desktop,
    ),
    "the target WorkSpace ID returned by the API will not be used": (
        migrations.test_rolls_back,
        migrations.test_never_starts,
    ),
    "check the Active Directory to see if it was cleaned up": (
        migrations.test_rolls_back,
        migrations.test_the_computer_object_follows,
        migrations.test_migrates_and_leaves_its_computer,
    ),
    "manually remove WorkSpaces that you no longer need": (
        migrations.test_a_stuck_target_can_be_terminated_and_its_source_is_free_again,
    ),
    # How Billing Is Affected
    "the size of the root volume and the user volume might increase": (migrations.test_volume_sizes,),
    "the root volume increases to match the default of the new bundle": (migrations.test_volume_sizes,),
    "that same user volume size is retained": (migrations.test_volume_sizes,),
    "the larger of the source size and the default size for the new bundle": (migrations.test_volume_sizes,),
    # Migrating a WorkSpace
    "changes made after the listed snapshot time are discarded": (
        drives.test_work_before_the_snapshot_is_there_and_work_after_it_is_gone,
    ),
    "A new WorkSpace with a status of PENDING appears": (migrations.test_a_migration_runs_as_the_guide_says,),
    "the original is terminated, and the new WorkSpace is AVAILABLE": (
        migrations.test_a_migration_runs_as_the_guide_says,
        migrations.test_the_new_workspace_is_available_and_its_running_mode_goes_on,
        migrations.test_terminated_workspaces_are_seen_briefly_and_then_not,
    ),
    "through the API, see MigrateWorkspace": (
        answers.test_every_response_obeys_the_service_model,
        answers.test_errors_come_by_their_codes,
    ),
}

NOT_SHOWN = {
    "between Plus bundles and non-Plus bundles": "the service takes it today; the rule is ours",
    "you can migrate WorkSpaces between language bundles": "the API knows no languages, bundles only",
    "the same Windows 10 bundle as long as the languages differ": "to the API it is another bundle",
    "refresh your WorkSpace using the same bundle, rebuild": "advice, in the error's text too",
    "Contact the AWS Support Center": "advice",
    "batches of no more than 25 WorkSpaces at a time": "advice to scripts: a call takes one",
    "prorated amounts for both the new and the original WorkSpaces": "no operation shows a bill",
    "for A from May 1 to May 10, and for B from May 11 to May 30": "no operation shows a bill",
    "choose the target bundle for each WorkSpace user": "the caller's choice",
    "delete any custom bundles and images that you no longer need": "the administrator's step, afterwards",
}
"""Sentences of which the service shows nothing, and why."""


def test_what_is_advice_about_the_same_bundle_is_in_the_errors_text() -> None:
    with (
        bench() as on,
        pytest.raises(on.workspaces.exceptions.InvalidParameterValuesException, match="Rebuild it instead"),
    ):
        on.migrate(bundle=STANDARD_10)


BEYOND_THE_GUIDE: dict[str, tuple[Observation, ...]] = {
    "2 calls a second, burst 5, for all of the account's calls together": (
        answers.test_the_rate_is_the_accounts_and_time_restores_it,
        answers.test_other_services_do_not_count,
    ),
    "DescribeWorkspaces: 1-25 ids, or a directory and maybe a user, or a bundle; pages of at most 25": (
        answers.test_errors_come_by_their_codes,
        answers.test_a_directory_is_paged_by_25_and_every_workspace_is_on_one_page,
        answers.test_a_token_fits_no_other_question,
        answers.test_a_user_is_found_whatever_the_case,
    ),
    "a terminated id soon stops being returned; a new one may not be returned at first": (
        migrations.test_terminated_workspaces_are_seen_briefly_and_then_not,
        answers.test_what_is_hidden_no_operation_returns,
    ),
    "no MIGRATING state; one migration of a WorkSpace at a time": (migrations.test_one_migration_at_a_time,),
    "snapshots every 12 hours": (
        users.test_left_out_there_is_a_snapshot_within_12_hours_and_a_new_one_every_12_hours,
        users.test_snapshots_that_have_ceased_to_come_do_not_come_back,
    ),
    "connection status: UNKNOWN when stopped, no row when new or in ERROR, empty pages with a token": (
        users.test_the_state_of_a_stopped_workspace_is_unknown,
        users.test_a_new_workspace_has_no_row_at_first,
        users.test_a_workspace_in_error_has_no_row_unless_the_file_states_one,
        users.test_all_rows_come_in_pages,
        wire.test_an_empty_page_has_a_token_that_leads_to_the_rows,
    ),
    "users connect and disconnect": (
        users.test_users_come_and_go_for_days,
        users.test_auto_stop_starts_for_its_user_and_stops_an_hour_after,
    ),
    "bundles by owner or by up to 25 ids": (answers.test_bundles_by_owner_by_id_and_in_pages,),
    "images tell the tenancy": (answers.test_images_are_those_of_the_file_or_those_the_custom_bundles_imply,),
    "TerminateWorkspaces: 25 a call, failures one by one": (
        answers.test_every_response_obeys_the_service_model,
    ),
    "two WorkSpaces of a user while one migrates": (migrations.test_a_bundle_listing_shows_the_move,),
    "Linux to Linux, not to Amazon Linux 2, only when AVAILABLE": (
        migrations.test_newer_windows_and_linux,
        migrations.test_a_stopped_linux_desktop_is_not_taken,
    ),
    "Windows 11: BYOL, not Value, not from 7, not back": (migrations.test_newer_windows_and_linux,),
    "nested virtualization makes a migration fail": (migrations.test_nested_virtualization_makes_it_fail,),
    "tags, also through the tagging API": (tags.test_tags_are_added_and_changed_by_either_service,),
    "computer objects in the directory's unit, WSAMZN- names": (
        directory.test_a_workspace_has_a_computer_object_in_the_directorys_unit,
        migrations.test_a_migration_runs_as_the_guide_says,
    ),
}
"""What the API's model and its documentation say beyond the guide."""


def test_every_sentence_is_observed_or_has_its_reason() -> None:
    sentences = [one.quote for section in GUIDE.values() for one in section]
    assert len(sentences) == len(set(sentences))
    assert OBSERVED.keys().isdisjoint(NOT_SHOWN)
    assert OBSERVED.keys() | NOT_SHOWN.keys() == set(sentences)


@pytest.mark.parametrize("tests", [*OBSERVED.values(), *BEYOND_THE_GUIDE.values()])
def test_what_observes_is_a_test_that_runs(tests: tuple[Observation, ...]) -> None:
    assert tests
    for test in tests:
        module = inspect.getmodule(test)
        assert module is not None
        assert test.__name__.startswith("test_")
        assert getattr(module, test.__name__) is test, "not shadowed by another of its name"
