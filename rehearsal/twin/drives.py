r"""What is on a WorkSpace's drives: the files of its user, what a migration made of them, and what it wrote
down.

The files are made up, the same for the same WorkSpace whatever the seed, and worked out only when somebody
asks. What happens to them is the guide's ("What Happens During Migration"): drive D comes from the last
snapshot of the original, so that work done after it is gone; the profile `D:\Users\ana` becomes
`D:\Users\ana112826T021533.NotMigrated`; the new system makes a new `D:\Users\ana`; the files of seven
folders are moved into it; what was not moved stays; drive C is that of the target bundle's image. The
guide's pattern for the old profile's name, `%USERNAME%MMddyyTHHmmss%.NotMigrated`, is read as: user name,
then month, day, year, the letter T, hour, minute and second of the first boot, in UTC.

The guide tells nothing of Linux desktops, and neither does this module.

Which files cannot be moved the guide does not say. Here it is those whose path in the renamed profile is
longer than Windows takes, and those the new profile has already.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rehearsal.twin.desktops import Desktop

MOVED_FOLDERS = ("Desktop", "Documents", "Downloads", "Favorites", "Music", "Pictures", "Videos")
LOG_FOLDER = r"C:\Program Files\Amazon\WorkspacesConfig\Logs\MigrationLogs"
LONGEST_PATH = 259
"""Windows' MAX_PATH, without the character that ends it."""

SAVED_EVERY = timedelta(minutes=30)
"""How often a user who is at work saves."""

_NOT_IN_A_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_MADE_BY_WINDOWS = ("NTUSER.DAT", *(rf"{folder}\desktop.ini" for folder in MOVED_FOLDERS))
_OTHER_FOLDERS = (
    r"AppData\Local\Google\Chrome\User Data\Default",
    r"AppData\Roaming\Microsoft\Signatures",
    r"AppData\Roaming\Code\User",
    "Contacts",
    "Links",
    "OneDrive",
    "Saved Games",
    ".ssh",
)
_NAMES = (
    ("Budget", "xlsx"),
    ("Minutes", "docx"),
    ("Contract", "pdf"),
    ("Plan", "pptx"),
    ("Notes", "txt"),
    ("Invoice", "pdf"),
    ("Photo", "jpg"),
    ("Export", "csv"),
    ("Settings", "json"),
)
_APPLICATIONS = (
    "7-Zip",
    "FileZilla",
    "GIMP",
    "KeePass",
    "Notepad++",
    "PuTTY",
    "Python",
    "R",
    "SAP GUI",
    "VLC",
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the user, by its path on drive D."""

    path: str
    size_bytes: int
    modified: datetime


@dataclass(frozen=True)
class RootVolume:
    """Drive C: the bundle it was made from, what its user installed, and the migration's log, if one made
    it."""

    bundle_id: str
    size_gib: int
    installed: tuple[str, ...]
    migration_log: str | None
    """The path of the log."""
    moved: tuple[str, ...]
    """The lines of the log: a file's path before, and after."""


@dataclass(frozen=True)
class UserVolume:
    """Drive D: its files by path, the user's profile and those that migrations have renamed, oldest first."""

    size_gib: int
    profile: str
    former_profiles: tuple[str, ...]
    files: dict[str, File]

    def below(self, folder: str) -> list[str]:
        """Paths of the files in a folder, relative to it."""
        prefix = folder.rstrip("\\") + "\\"
        return sorted(path.removeprefix(prefix) for path in self.files if path.startswith(prefix))


@dataclass(frozen=True)
class Drives:
    """Both drives of a WorkSpace."""

    root: RootVolume
    user: UserVolume


class NoDrives(LookupError):
    """A Linux desktop, or a migration's target before its first boot."""


@dataclass(frozen=True, slots=True)
class Boot:
    """The first boot of a migration's target: what it calls the old profile and its log."""

    user_name: str
    at: datetime

    @property
    def former_profile(self) -> str:
        return f"{profile_of(self.user_name)}{self.at:%m%d%yT%H%M%S}.NotMigrated"

    @property
    def log(self) -> str:
        return rf"{LOG_FOLDER}\Migration{self.at:%m%d%yT%H%M%S}.log"


def profile_of(user_name: str) -> str:
    """The folder of a user's profile."""
    return rf"D:\Users\{_NOT_IN_A_NAME.sub('_', user_name)}"


def has_drives(desktop: Desktop) -> bool:
    """Whether it is a Windows desktop: what runs an unknown system is taken for one."""
    system = str(desktop.row["WorkspaceProperties"].get("OperatingSystemName", "UNKNOWN"))
    return system.startswith(("WINDOWS", "UNKNOWN"))


def first_boot_of(desktop: Desktop) -> Boot | None:
    """The boot that a migration ended with; None for what no migration made, or not yet, and for Linux."""
    origin = desktop.origin
    if origin is None or origin.first_boot is None or not has_drives(desktop):
        return None
    return Boot(str(desktop.row["UserName"]), origin.first_boot)


def drives(desktop: Desktop, now: datetime) -> Drives:
    """What is on a WorkSpace's drives. Raises NoDrives."""
    if not has_drives(desktop):
        raise NoDrives(f"{desktop.workspace_id} is no Windows desktop")
    properties = desktop.row["WorkspaceProperties"]
    files, moved = _files(desktop, now)
    boot = first_boot_of(desktop)
    root = RootVolume(
        desktop.row["BundleId"],
        properties["RootVolumeSizeGib"],
        () if boot else _installed(desktop),
        boot.log if boot else None,
        tuple(f"{before} -> {after}" for before, after in moved),
    )
    former = tuple(each.former_profile for each in reversed(list(_boots(desktop))))
    return Drives(
        root,
        UserVolume(
            properties["UserVolumeSizeGib"],
            profile_of(desktop.row["UserName"]),
            former,
            dict(sorted(files.items())),
        ),
    )


def last_work(desktop: Desktop, until: datetime) -> datetime | None:
    """When the user last worked on it, as far as is known."""
    return max(_work(desktop, until), default=None)


def _boots(desktop: Desktop) -> Iterator[Boot]:
    boot = first_boot_of(desktop)
    while boot is not None and desktop.origin is not None:
        yield boot
        desktop = desktop.origin.source
        boot = first_boot_of(desktop)


def _files(desktop: Desktop, at: datetime) -> tuple[dict[str, File], list[tuple[str, str]]]:
    """The files of drive D at that time, and what the first boot moved."""
    origin = desktop.origin
    if origin is None:
        return _by_path([*_old_files(desktop), *_written(desktop, at)]), []
    boot = first_boot_of(desktop)
    if boot is None:
        raise NoDrives(f"{desktop.workspace_id} has not booted yet")
    restored = {} if origin.snapshot is None else _files(origin.source, origin.snapshot)[0]
    files, moved = _after_first_boot(restored, boot)
    return files | _by_path(_written(desktop, at)), moved


def _after_first_boot(restored: dict[str, File], boot: Boot) -> tuple[dict[str, File], list[tuple[str, str]]]:
    old, new = profile_of(boot.user_name), boot.former_profile
    files = _by_path(File(rf"{old}\{name}", 4096, boot.at) for name in _MADE_BY_WINDOWS)
    moved: list[tuple[str, str]] = []
    for path, file in sorted(restored.items()):
        inside = path.removeprefix(old + "\\")
        if inside == path:
            files[path] = file
            continue
        renamed = rf"{new}\{inside}"
        of_the_seven = inside.split("\\", 1)[0] in MOVED_FOLDERS
        if of_the_seven and path not in files and len(renamed) <= LONGEST_PATH:
            files[path] = file
            moved.append((renamed, path))
        else:
            files[renamed] = File(renamed, file.size_bytes, file.modified)
    return files, moved


def _by_path(files: Iterable[File]) -> dict[str, File]:
    return {file.path: file for file in files}


def _old_files(desktop: Desktop) -> Iterator[File]:
    """Files from before the last days: what a desktop in use has gathered."""
    draw = random.Random(f"files of {desktop.workspace_id}")
    profile = profile_of(str(desktop.row["UserName"]))
    made = desktop.known_since - timedelta(days=draw.randint(300, 900))
    for name in _MADE_BY_WINDOWS:
        yield File(rf"{profile}\{name}", 4096, made)
    folders = [*MOVED_FOLDERS, *draw.sample(_OTHER_FOLDERS, draw.randint(2, 5))]
    for number in range(draw.randint(16, 40)):
        name, kind = draw.choice(_NAMES)
        folder = draw.choice(folders)
        if draw.random() < 0.04:
            folder += "\\" + "\\".join(["Archive of the department's shared correspondence"] * 4)
        age = timedelta(days=draw.uniform(3, 290))
        yield File(
            rf"{profile}\{folder}\{name} {number + 1}.{kind}",
            round(draw.lognormvariate(11, 1.5)),
            (desktop.known_since - age).replace(microsecond=0),
        )
    for number in range(draw.randint(0, 3)):
        age = timedelta(days=draw.uniform(3, 290))
        yield File(rf"D:\Data\Export {number + 1}.csv", 50_000, desktop.known_since - age)


def _written(desktop: Desktop, at: datetime) -> Iterator[File]:
    """What the user has saved on this WorkSpace: one document that is always at hand, and a new one each
    time."""
    profile = profile_of(str(desktop.row["UserName"]))
    for saved in sorted(_work(desktop, at)):
        yield File(rf"{profile}\Documents\In progress.docx", 20_000, saved)
        yield File(rf"{profile}\Documents\Draft {saved:%Y-%m-%d %H.%M}.docx", 12_000, saved)
        yield File(rf"{profile}\AppData\Local\Temp\Recovery {saved:%Y%m%d%H%M}.tmp", 8_000, saved)


def _work(desktop: Desktop, until: datetime) -> set[datetime]:
    """When the user has saved something, up to that time."""
    saved: set[datetime] = set()
    row = desktop.connection or {}
    last = row.get("LastKnownUserConnectionTimestamp")
    if last is not None:
        saved.add(last)
    for began, ended in desktop.sessions:
        moment = began
        while moment < (ended or until):
            saved.add(moment)
            moment += SAVED_EVERY
        saved.add(ended or until)
    return {moment for moment in saved if moment <= until}


def _installed(desktop: Desktop) -> tuple[str, ...]:
    draw = random.Random(f"applications of {desktop.workspace_id}")
    return tuple(sorted(draw.sample(_APPLICATIONS, draw.randint(0, 5))))
