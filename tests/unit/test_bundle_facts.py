"""What names of bundles tell, and what else is known about a bundle: nothing is ever guessed."""

from __future__ import annotations

import pytest

from migrator.domain.bundle_names import (
    Edition,
    edition_from_name,
    language_from_name,
    names_office,
    protocol_from_name,
    says_byol,
)
from migrator.domain.bundles import (
    Fact,
    Licence,
    Owner,
    Source,
    StatedFacts,
    as_it_runs,
    unlisted_bundle,
    with_applications,
    with_statements,
    with_witnesses,
)
from migrator.domain.systems import System, names_linux, system_from_api, system_from_name, unfamiliar
from tests.samples import SOURCE_ID, bundle

W7, W10, W11 = System.WINDOWS_7, System.WINDOWS_10, System.WINDOWS_11
S16, S19, S22, S25 = (System[f"WINDOWS_SERVER_{year}"] for year in (2016, 2019, 2022, 2025))
STANDARD, PLUS = (Edition.STANDARD, False), (Edition.PLUS, True)
SAYS_STANDARD, NOBODY_KNOWS = (Edition.STANDARD, True), (None, False)

# Names as the service has them: name, operating system, Plus, protocol.
PUBLIC_NAMES = [
    ("Value with Windows 7", W7, STANDARD, None),
    ("Standard with Windows 7", W7, STANDARD, None),
    ("PowerPro with Windows 7", W7, STANDARD, None),
    ("Graphics with Windows 7", W7, STANDARD, None),
    ("Value with Windows 7 and Office 2010", W7, PLUS, None),
    ("Graphics with Windows 7 and Office 2010", W7, PLUS, None),
    ("Performance with Windows 7 and Office 2013", W7, PLUS, None),
    ("Standard Plus with Windows 7", W7, PLUS, None),
    ("Standard with Windows 10", W10, STANDARD, None),
    ("Value with Windows 10 and Office 2016", W10, PLUS, None),
    ("GraphicsPro with Windows 10 and Office 2016", W10, PLUS, None),
    ("Performance with Windows 10 (Server 2016 based)", S16, STANDARD, None),
    ("Standard with Windows 10 and Office 2016 (Server 2016 based)", S16, PLUS, None),
    ("Standard with Windows 10 (Server 2019 based) (PCoIP)", S19, STANDARD, "PCOIP"),
    ("Value with Windows 10 (Server 2019 based) (WSP)", S19, STANDARD, "WSP"),
    ("Performance with Windows 10 and Office 2019 Pro Plus (Server 2019 based)", S19, PLUS, None),
    ("Standard Plus with Windows 10 (Server 2019 based)", S19, PLUS, None),
    ("Graphics with Windows 10 (Server 2019 based)", S19, STANDARD, None),
    ("Graphics.g4dn with Windows 10 (Server 2019 based) (WSP)", S19, STANDARD, "WSP"),
    ("GraphicsPro.g4dn with Windows 10 (Server 2022 based) (DCV)", S22, STANDARD, "WSP"),
    ("Graphics.g6.4xlarge with Windows 10 (Server 2022 based) (DCV)", S22, STANDARD, "WSP"),
    ("Graphics.gr6.4xlarge with Windows Server 2022 (DCV)", S22, STANDARD, "WSP"),
    ("Standard with Windows 10 (Server 2022 based) (WSP)", S22, STANDARD, "WSP"),
    ("Power with Windows 10 (Server 2022 based) (PCoIP)", S22, STANDARD, "PCOIP"),
    ("Performance with Windows 10 (Server 2022 based) (BYOP)", S22, STANDARD, "BYOP"),
    ("Standard with Windows Server 2025 (DCV)", S25, STANDARD, "WSP"),
    ("General Purpose.4xlarge with Windows 10 (Server 2025 based) (DCV)", S25, STANDARD, "WSP"),
    ("Standard with Amazon Linux 2", System.AMAZON_LINUX_2, STANDARD, None),
    ("Power with Amazon Linux 2 (WSP)", System.AMAZON_LINUX_2, STANDARD, "WSP"),
    ("Standard with Ubuntu 22.04", System.UBUNTU_22_04, STANDARD, None),
    ("PowerPro with Ubuntu Desktop 24.04 LTS (WSP)", System.UBUNTU_24_04, STANDARD, "WSP"),
    ("Standard with Ubuntu 26.04 (DCV)", System.UBUNTU_26_04, STANDARD, "WSP"),
    ("Graphics.g4dn with Ubuntu 22.04 (DCV)", System.UBUNTU_22_04, STANDARD, "WSP"),
    ("Standard with Red Hat Enterprise Linux 8 (WSP)", System.RHEL_8, STANDARD, "WSP"),
    ("Power with RHEL 9 (DCV)", System.RHEL_9, STANDARD, "WSP"),
    ("Power with RHEL 10 (DCV)", System.RHEL_10, STANDARD, "WSP"),
    ("Standard with Rocky Linux 8 (WSP)", System.ROCKY_8, STANDARD, "WSP"),
    ("Standard with Rocky Linux 9 (DCV)", System.ROCKY_9, STANDARD, "WSP"),
    ("Standard with Rocky Linux 10 (DCV)", System.ROCKY_10, STANDARD, "WSP"),
]


@pytest.mark.parametrize(("name", "system", "edition", "protocol"), PUBLIC_NAMES)
def test_names_of_public_bundles(
    name: str, system: System, edition: tuple[Edition | None, bool], protocol: str | None
) -> None:
    found = bundle(name)
    assert found.owner is Owner.PUBLIC
    assert found.os == Fact(system, Source.NAME)
    assert found.edition == Fact(edition[0], Source.NAME if edition[1] else Source.INFERRED)
    assert found.licence == Fact(Licence.INCLUDED, Source.API)
    assert found.protocol == Fact(protocol, Source.NAME if protocol else Source.UNKNOWN)
    assert found.linux is system.is_linux
    # The same words in a custom bundle's name tell the same, save that its licence is its image's.
    custom = bundle(name, public=False)
    assert (custom.os, custom.edition, custom.protocol) == (found.os, found.edition, found.protocol)
    assert (custom.owner, custom.licence) == (Owner.CUSTOM, Fact(Licence.INCLUDED, Source.IMAGE))


@pytest.mark.parametrize(
    ("name", "system"),
    [
        # In whatever way people write it.
        ("Finance Windows 10", W10),
        ("finance-win10-2024-06", W10),
        ("FINANCE_WINDOWS_10_V2", W10),
        ("Win 10 Enterprise", W10),
        ("Windows10Pro", W10),
        ("Windows-10", W10),
        ("Windows 10, 8 vCPU, 32 GB", W10),
        ("Windows 10 / 8 vCPU", W10),
        ("Windows 10 and 7-Zip", W10),
        ("Windows 10 22H2", W10),
        ("Windows 10 2016 LTSB", W10),
        ("Windows 10の標準デスクトップ", W10),
        ("経理部Windows 7", W7),
        ("Ｗｉｎｄｏｗｓ　１０", W10),
        ("Windows\u00a010", W10),
        ("Win\u200bdows 10", W10),
        ("Windows 10 – Ausführung für Büros", W10),
        ("Windows 11 BYOL", W11),
        ("Windows 11 with SQL Server 2022", W11),
        ("Windows 10 SQL Server 2019 tools", W10),
        ("Corporate (Server 2022 based)", S22),
        ("Windows Server 2022 Finance", S22),
        ("WinServer2019 golden", S19),
        ("Windows 10 Server 2019", S19),
        ("Corporate Server 2022-based desktop", S22),
        ("Windows 10 (Server 2022)", S22),
        ("Windows 7 (Server 2008 R2 based)", W7),
        ("Windows 7 Experience (Windows Server 2008 R2)", W7),
        ("AL2 developers", System.AMAZON_LINUX_2),
        ("Amazon Linux", System.AMAZON_LINUX_2),
        ("Amazon Linux 2 2024-06", System.AMAZON_LINUX_2),
        ("ubuntu_22_04_dev", System.UBUNTU_22_04),
        ("Ubuntu 22", System.UBUNTU_22_04),
        ("Ubuntu 18.04", System.UBUNTU_18_04),
        ("Ubuntu 20.04", System.UBUNTU_20_04),
        ("RHEL-8.9", System.RHEL_8),
        ("RedHat 9", System.RHEL_9),
        ("rocky9", System.ROCKY_9),
        # It tells none.
        ("Golden 2024-06", None),
        ("", None),
        ("Standard", None),
        ("Corporate desktop v10", None),
        ("Windows", None),
        ("Windows 8.1", None),
        ("Windows 2019", None),
        ("Windows 100", None),
        ("Windows 10.5", None),
        ("Windows 7-Zip station", None),
        ("Windows 95", None),
        ("Golden 2024 W10", None),
        ("Fenster 10", None),
        ("Ubuntu", None),
        ("Ubuntu 22.10", None),
        ("RHEL 7", None),
        ("RHEL 80", None),
        ("Amazon Linux 2023", None),
        ("Amazon Linux 1", None),
        ("Dev SQL Server 2019", None),
        ("Exchange Server 2016", None),
        ("Server 2022", None),
        ("Windows Server 2012 R2", None),
        # It tells two, or what the bundle is not.
        ("Windows 10 image built from Windows 7 apps", None),
        ("Windows 7 to Windows 10", None),
        ("Windows 10/11", None),
        ("Windows 7/10", None),
        ("Windows 7 and 10", None),
        ("Windows 7 -> 10", None),
        ("Windows 10 | 11", None),
        ("Windows 8 upgraded to Windows 10", None),
        ("Windows 7 (Server 2019 based)", None),
        ("Windows 11 (Server 2025 based)", None),
        ("Windows 10 (Server 2012 R2 based)", None),
        ("Windows 10 (Server 2016 based) (Server 2019 based)", None),
        ("Windows 10 with Ubuntu 22.04 on WSL", None),
        ("Ubuntu 22.04 and Ubuntu 24.04", None),
        ("Replaces Windows 7", None),
        ("Not Windows 10", None),
        ("non-Windows 10", None),
        ("pre-Windows 10", None),
        ("Upgraded from Windows 7", None),
        ("formerly Windows 7", None),
        ("Looks like Windows 7", None),
        ("Windows 7 apps", None),
        # Two systems, run together, by number alone, or of two families.
        ("win7win10", None),
        ("Win7Win10", None),
        ("Windows 7 EOL - moved to 10", None),
        ("Windows 7, now 10", None),
        ("Windows 10, since 2021", W10),
        ("Windows Server 2019/2022", None),
        ("Windows Server 2019 and 2022", None),
        ("Windows 10 Ubuntu", None),
        ("Windows 10 and RHEL tools", None),
        # A number that counts something else, or another system.
        ("Windows 7 day trial", None),
        ("Windows 7 days", None),
        ("Windows 10 hours", None),
        ("Win10x", None),
        ("Windows 10S", W10),
        # Typing errors, other words and other letters for it.
        ("Window 10", None),
        ("Windws 10", None),
        ("Windows Ten", None),
        ("W10 Enterprise LTSC", None),
        ("W\u0456ndows 10", None),
        ("Windows® 10", None),
        ("ウィンドウズ10", None),
        ("Win2k19", None),
        ("WS2022 golden", None),
        ("Windows 2022 Server", None),
        ("Jump Server 2019", None),
        ("Windows File Server 2019", None),
        ("Debian 12", None),
        ("Kubuntu 22.04", None),
        ("Windows 7 compatibility", None),
        ("Windows 7 replacement", None),
    ],
)
def test_the_operating_system_that_a_name_tells(name: str, system: System | None) -> None:
    assert system_from_name(name) is system
    source = Source.UNKNOWN if system is None else Source.NAME
    assert bundle(name, public=False).os == Fact(system, source)


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("Finance Windows 10", STANDARD),
        ("Windows 10 with LibreOffice", STANDARD),
        ("Windows 10 Open Office", STANDARD),
        ("Windows 10 WPS Office", STANDARD),
        ("Windows 10 Notepad++ C++", STANDARD),
        ("Windows 10 with Notepad Plus", STANDARD),
        ("Officers' mess Windows 10", STANDARD),
        ("Surplus Windows 10", STANDARD),
        ("Windows 10 with Office 2016", PLUS),
        ("Windows 10 Office2019", PLUS),
        ("Windows 10 Office-365", PLUS),
        ("Windows 10およびOffice 2016", PLUS),
        ("Windows 10, Office LTSC", PLUS),
        ("Windows 10 Office ProPlus", PLUS),
        ("Windows 10 Microsoft Office", PLUS),
        ("Windows 10 MS Office", PLUS),
        ("Windows 10 M365", PLUS),
        ("Windows 10 Microsoft 365", PLUS),
        ("Windows 10 O365", PLUS),
        ("Windows 10 and Office", PLUS),
        ("Windows 10 (WSP) + Office", PLUS),
        ("Windows 10 and Office (WSP)", PLUS),
        ("Corporate desktop with Office", PLUS),
        ("Corporate desktop incl. Office", PLUS),
        ("Accounting Plus Windows 10", PLUS),
        ("Windows 10 Plus", PLUS),
        ("Finance Plus (WSP)", PLUS),
        ("Finance PLUS with Windows 10", PLUS),
        ("standard plus with windows 10", PLUS),
        ("Finance plus bundle", PLUS),
        ("Windows 10 without Office", SAYS_STANDARD),
        ("Windows 10 (no Office)", SAYS_STANDARD),
        ("Windows 10 non-Plus", SAYS_STANDARD),
        ("Windows 10 w/o MS Office", SAYS_STANDARD),
        # A word that may mean Microsoft Office, or may not.
        ("Office of the CFO", NOBODY_KNOWS),
        ("Front office Windows 10", NOBODY_KNOWS),
        ("Windows 10 Post Office", NOBODY_KNOWS),
        ("Windows 10 with Office staff tools", NOBODY_KNOWS),
        ("Windows 10 and Office supplies", NOBODY_KNOWS),
        ("Windows 10 Office", NOBODY_KNOWS),
        ("Home Office Windows 10", NOBODY_KNOWS),
        ("Windows 10 plus SAP", NOBODY_KNOWS),
        ("Windows 10 Plus SAP", NOBODY_KNOWS),
        ("Windows 10 365 days", NOBODY_KNOWS),
        ("Windows 10 オフィス", NOBODY_KNOWS),
        ("Back office without Office", NOBODY_KNOWS),
        ("Windows 10 Office 2016 removed", NOBODY_KNOWS),
        ("Windows 10, Office not included", NOBODY_KNOWS),
        ("Windows 10 (Office excluded)", NOBODY_KNOWS),
        ("Windows 10 Office-free", NOBODY_KNOWS),
        ("Windows 10 ohne Office", NOBODY_KNOWS),
        ("Windows 10 OfficePlus", NOBODY_KNOWS),
        ("Windows 10 ProPlus", NOBODY_KNOWS),
        ("BackOffice Windows 10", NOBODY_KNOWS),
        ("FinancePlus Windows 10", NOBODY_KNOWS),
        ("Windows 10 with Excel", NOBODY_KNOWS),
        ("Windows 10 Word PowerPoint", NOBODY_KNOWS),
        ("Windows 10 Outlook", NOBODY_KNOWS),
        ("Standard+ Windows 10", NOBODY_KNOWS),
        ("finance-plus-win10", NOBODY_KNOWS),
        ("Windows 10 A+ grade", STANDARD),
        ("Windows 10 OnlyOffice", STANDARD),
    ],
)
def test_the_edition_that_a_custom_name_tells(name: str, edition: tuple[Edition | None, bool]) -> None:
    assert edition_from_name(name, public=False) == edition
    source = {STANDARD: Source.INFERRED, NOBODY_KNOWS: Source.UNKNOWN}.get(edition, Source.NAME)
    assert bundle(name, public=False).edition == Fact(edition[0], source)


def test_amazon_means_microsoft_office() -> None:
    assert edition_from_name("Standard with Windows 10 Office", public=True) == PLUS


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Standard with Windows 10 (Japanese)", "ja_JP"),
        ("Standard with Windows 10 (Korean)", "ko_KR"),
        ("Standard with Windows 10 (English)", "en_US"),
        ("Standard with Windows 10 (French (Canadian))", "fr_CA"),
        ("Standard with Windows 10 (French)", "fr_FR"),
        ("Standard with Windows 10 (Portuguese (Brazil))", "pt_BR"),
        ("Standard with Windows 10 (Italian)", "it_IT"),
        ("Standard with Windows 10 (German)", "de_DE"),
        ("Standard with Windows 10 (Spanish)", "es_ES"),
        ("Standard with Windows 10 (Portuguese)", "pt_BR"),
        ("Standard with Windows 10 (Chinese)", "zh_CN"),
        ("Finance de_DE", "de_DE"),
        ("Finance ja-JP", "ja_JP"),
        ("Windows 10 日本語版", "ja_JP"),
        ("Windows 10 한국어", "ko_KR"),
        ("Standard with Windows 10", None),
        ("English and Japanese", None),
        ("Finance it-HR", None),
        ("Frenchman", None),
    ],
)
def test_the_language_that_a_name_tells(name: str, language: str | None) -> None:
    assert language_from_name(name) == language
    assert bundle(name).language == Fact(language, Source.NAME if language else Source.UNKNOWN)


def test_two_protocols_are_none() -> None:
    assert protocol_from_name("Windows 10 (PCoIP) (WSP)") is None
    assert protocol_from_name("Windows 10 (WSP/DCV)") == "WSP"


@pytest.mark.parametrize(
    ("name", "tenancy", "licence", "source"),
    [
        ("Windows 10", "DEDICATED", Licence.BYOL, Source.IMAGE),
        ("Windows 10", "dedicated", Licence.BYOL, Source.IMAGE),
        ("Windows 10", "DEFAULT", Licence.INCLUDED, Source.IMAGE),
        ("Windows 11 BYOL", "DEDICATED", Licence.BYOL, Source.IMAGE),
        # The API knows better than a name.
        ("Windows 11 BYOL", "DEFAULT", Licence.INCLUDED, Source.IMAGE),
        ("Not BYOL Windows 10", "DEDICATED", Licence.BYOL, Source.IMAGE),
        # Where the API shows no image, a name that says BYOL is heard, and silence is no licence.
        ("Windows 11 BYOL", "", Licence.BYOL, Source.NAME),
        ("Windows 11 (Bring Your Own License)", "", Licence.BYOL, Source.NAME),
        ("Windows 11 (bring your own licence)", "", Licence.BYOL, Source.NAME),
        ("Windows 10 non-BYOL", "", None, Source.UNKNOWN),
        ("Windows 10", "", None, Source.UNKNOWN),
    ],
)
def test_whose_licence_a_custom_bundle_has(
    name: str, tenancy: str, licence: Licence | None, source: Source
) -> None:
    found = bundle(name, public=False, image_tenancy=tenancy or None)
    assert found.licence == Fact(licence, source)


def test_amazons_bundles_are_never_byol() -> None:
    assert bundle("Standard with Windows 10 BYOL").licence == Fact(Licence.INCLUDED, Source.API)
    assert says_byol("Standard with Windows 10 BYOL")


@pytest.mark.parametrize("owner", ["AMAZON", "Amazon", "amazon"])
def test_owners_are_compared_without_regard_to_case(owner: str) -> None:
    assert bundle("Windows 10", owner=owner).owner is Owner.PUBLIC
    assert bundle("Windows 10", owner="123456789012").owner is Owner.CUSTOM


def test_an_image_of_another_platform_makes_a_name_worthless() -> None:
    linux = bundle("Finance Windows 10", public=False, image_platform="LINUX")
    assert (linux.os, linux.linux) == (Fact(None, Source.UNKNOWN), True)
    windows = bundle("Ubuntu 22.04", public=False, image_platform="WINDOWS")
    assert (windows.os, windows.linux) == (Fact(None, Source.UNKNOWN), False)
    assert bundle("Ubuntu 22.04", public=False, image_platform="Linux").os.value is System.UBUNTU_22_04
    assert bundle("Windows 10", public=False, image_platform="windows").os.value is W10
    assert bundle("Golden", public=False, image_platform="WINDOWS").linux is False
    assert bundle("Golden", public=False).linux is None


def test_amazons_linux_is_linux_whichever_it_is() -> None:
    assert bundle("Standard with Ubuntu").linux is True
    assert bundle("Standard with Ubuntu", public=False).linux is None
    # Where the service itself says what the image is, its word counts; no system, no platform.
    assert bundle("Standard with Ubuntu", image_platform="WINDOWS").linux is False
    assert bundle("Standard").linux is None
    assert names_linux("Red Hat")
    assert not names_linux("Windows 10")


@pytest.mark.parametrize(
    ("state", "available"), [("AVAILABLE", True), (None, False), ("PENDING", False), ("ERROR", False)]
)
def test_what_can_be_migrated_to(state: str | None, available: bool) -> None:
    assert bundle("Windows 10", state=state).available is available


def test_standby_bundles_are_told() -> None:
    assert bundle("Windows 10", bundle_type="STANDBY").standby
    assert not bundle("Windows 10", bundle_type="REGULAR").standby


def test_a_workspace_is_a_better_witness_than_a_name() -> None:
    named = bundle("Windows 7 desktop", public=False)
    assert with_witnesses(named, [S19]).os == Fact(S19, Source.WORKSPACE)
    assert with_witnesses(named, []).os == Fact(W7, Source.NAME)
    assert with_witnesses(named, [W7]).os == Fact(W7, Source.WORKSPACE)
    silent = bundle("Golden", public=False)
    assert with_witnesses(silent, [S22, S22]).os == Fact(S22, Source.WORKSPACE)


def test_witnesses_that_differ_tell_nothing_but_what_the_name_confirms() -> None:
    assert with_witnesses(bundle("Golden", public=False), [S19, S22]).os == Fact(None, Source.UNKNOWN)
    assert with_witnesses(bundle("Windows 7", public=False), [S19, S22]).os == Fact(None, Source.UNKNOWN)
    named = bundle("Windows 10 (Server 2022 based)", public=False)
    assert with_witnesses(named, [S19, S22]).os == Fact(S22, Source.NAME)


@pytest.mark.parametrize(
    ("application", "office"),
    [
        ("Microsoft Office LTSC Professional Plus 2021", True),
        ("Microsoft Office Professional Plus 2016", True),
        ("LibreOffice 7", False),
        ("Notepad++ 8.6", False),
        ("Visual Studio 2022", False),
        ("Outlook add-in for meetings", False),
    ],
)
def test_an_installed_office_is_a_better_witness_of_the_edition_than_a_name(
    application: str, office: bool
) -> None:
    named = bundle("Windows 10", public=False)
    assert named.edition == Fact(Edition.STANDARD, Source.INFERRED)
    assert names_office(application) is office
    expected = Fact(Edition.PLUS, Source.APPLICATIONS) if office else named.edition
    assert with_applications(named, ["7-Zip 24", application]).edition == expected


def test_that_no_office_is_installed_proves_nothing() -> None:
    plus = bundle("Windows 10 with Office 2016", public=False)
    assert with_applications(plus, []) == plus
    assert with_applications(plus, ["7-Zip 24"]) == plus


def test_facts_are_told_by_these_words() -> None:
    assert [one.value for one in Source] == [
        *("api", "image", "name", "workspace", "applications", "inferred", "stated", "unknown")
    ]
    assert [one.value for one in Owner] == ["public", "custom"]
    assert [one.value for one in Edition] == ["standard", "plus"]
    assert Fact(W10, Source.NAME).known is True


def test_a_statement_beats_name_and_inference() -> None:
    stated = {SOURCE_ID: StatedFacts(W10, Edition.PLUS, Licence.BYOL, "ja_JP", "WSP")}
    found = with_statements(bundle("Golden", public=False, image_tenancy=None), stated)
    assert (found.os, found.edition, found.licence, found.language, found.protocol) == (
        Fact(W10, Source.STATED),
        Fact(Edition.PLUS, Source.STATED),
        Fact(Licence.BYOL, Source.STATED),
        Fact("ja_JP", Source.STATED),
        Fact("WSP", Source.STATED),
    )
    assert found.contradictions == ()
    assert with_statements(found, {"wsb-other0001": StatedFacts(W7)}) == found
    partly = with_statements(
        bundle("Windows 7 Plus", public=False), {SOURCE_ID: StatedFacts(language="ja_JP")}
    )
    assert (partly.os, partly.edition) == (Fact(W7, Source.NAME), Fact(Edition.PLUS, Source.NAME))


def test_a_statement_that_says_otherwise_than_the_api_is_written_down() -> None:
    stated = {SOURCE_ID: StatedFacts(os=W10, licence=Licence.BYOL)}
    witnessed = with_witnesses(bundle("Golden", public=False), [S19])
    found = with_statements(witnessed, stated)
    assert (found.os.value, found.licence.value) == (W10, Licence.BYOL)
    assert found.contradictions == (
        f"bundleFacts.{SOURCE_ID}.os states WINDOWS_10, the service says WINDOWS_SERVER_2019: "
        "the statement was taken",
        f"bundleFacts.{SOURCE_ID}.licence states byol, the service says included: the statement was taken",
    )
    amazons = with_statements(
        with_applications(bundle("Windows 10"), ["Microsoft Office 2021"]),
        {SOURCE_ID: StatedFacts(edition=Edition.STANDARD, licence=Licence.BYOL)},
    )
    assert amazons.contradictions == (
        f"bundleFacts.{SOURCE_ID}.edition states standard, the service says plus: the statement was taken",
        f"bundleFacts.{SOURCE_ID}.licence states byol, the service says included: the statement was taken",
    )
    confirmed = with_statements(witnessed, {SOURCE_ID: StatedFacts(os=S19, licence=Licence.INCLUDED)})
    assert confirmed.contradictions == ()
    # A name is no word of the service.
    assert (
        with_statements(bundle("Windows 7", public=False), {SOURCE_ID: StatedFacts(os=W10)}).contradictions
        == ()
    )


def test_what_a_workspace_runs_is_exact() -> None:
    stated = with_statements(bundle("Windows 7", public=False), {SOURCE_ID: StatedFacts(os=W10)})
    assert as_it_runs(stated, None) == stated
    assert as_it_runs(stated, S19).os == Fact(S19, Source.WORKSPACE)
    assert as_it_runs(stated, S19).contradictions == (
        f"bundleFacts.{SOURCE_ID}.os states WINDOWS_10, the WorkSpace runs WINDOWS_SERVER_2019: "
        "what it runs was taken",
    )
    assert as_it_runs(stated, W10).contradictions == ()
    named = bundle("Windows 7", public=False)
    assert as_it_runs(named, None) == named
    assert as_it_runs(named, W10).contradictions == ()
    witnessed = with_statements(
        with_witnesses(bundle("Golden", public=False), [S19]),
        {SOURCE_ID: StatedFacts(os=W10, licence=Licence.BYOL)},
    )
    assert [one.partition(" ")[0] for one in as_it_runs(witnessed, W10).contradictions] == [
        f"bundleFacts.{SOURCE_ID}.licence"
    ]


def test_a_system_newer_than_this_version_is_unknown_whatever_the_name_says() -> None:
    assert unfamiliar("WINDOWS_12") == "WINDOWS_12"
    assert [unfamiliar(known) for known in ("WINDOWS_10", "UNKNOWN", "", None)] == [None] * 4
    named = bundle("Windows 10", public=False)
    nobody_knows: Fact[System] = Fact(None, Source.UNKNOWN)
    assert as_it_runs(named, None, "WINDOWS_12").os == nobody_knows
    assert with_witnesses(named, [], unfamiliar=True).os == nobody_knows
    assert with_witnesses(named, [W10], unfamiliar=True).os == nobody_knows
    stated = with_statements(named, {SOURCE_ID: StatedFacts(os=W11)})
    assert as_it_runs(stated, None, "WINDOWS_12").os == Fact(W11, Source.STATED)


def test_a_bundle_the_service_forgot_is_a_custom_one_of_which_nothing_is_known() -> None:
    gone = unlisted_bundle(SOURCE_ID)
    assert gone.owner is Owner.CUSTOM
    assert not gone.available
    assert not gone.standby
    assert not any(fact.known for fact in (gone.os, gone.edition, gone.licence, gone.language, gone.protocol))


def test_the_apis_names() -> None:
    for system in System:
        assert system_from_api(system.value) is system
    assert system_from_api("UNKNOWN") is None
    assert system_from_api(None) is None
    assert system_from_api("WINDOWS_12") is None
    desktops = {system: system.desktop for system in System if not system.is_linux}
    assert desktops == {
        W7: "Windows 7",
        W10: "Windows 10",
        W11: "Windows 11",
        **dict.fromkeys((S16, S19, S22, S25), "Windows 10"),
    }
    assert System.ROCKY_9.desktop == "Rocky 9"
