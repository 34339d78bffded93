"""Bundles whose truth is known: what a name tells, hides or leaves open, and what the bundle really is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rehearsal.twin.bundles import OWN_ACCOUNT

WINDOWS_10 = "Windows 10"
WINDOWS_7 = "Windows 7"
WINDOWS_11 = "Windows 11"
LINUX = "Linux"

_EXPERIENCE = {
    "WINDOWS_7": WINDOWS_7,
    "WINDOWS_10": WINDOWS_10,
    "WINDOWS_SERVER_2016": WINDOWS_10,
    "WINDOWS_SERVER_2019": WINDOWS_10,
    "WINDOWS_SERVER_2022": WINDOWS_10,
    "WINDOWS_11": WINDOWS_11,
    "AMAZON_LINUX_2": LINUX,
    "UBUNTU_22_04": LINUX,
}


@dataclass(frozen=True)
class TrueBundle:
    """A bundle as it really is."""

    bundle_id: str
    name: str
    system: str
    """Its operating system, by the API's name."""
    told: bool = True
    """Whether its name tells the operating system."""
    public: bool = False
    byol: bool = False
    plus: bool = False
    compute: str = "STANDARD"
    root: int = 80
    user: int = 50
    state: str = "AVAILABLE"
    pictured: bool = True
    """Whether the account's images have the one it was made from; without it nobody knows its licence."""

    @property
    def experience(self) -> str:
        """The guide's word for the desktop."""
        return _EXPERIENCE[self.system]

    @property
    def kind(self) -> str:
        """The guide's word for the bundle: public, custom or BYOL."""
        if self.public:
            return "public"
        return "BYOL" if self.byol else "custom"

    @property
    def licence_told(self) -> bool:
        return self.public or self.pictured or "BYOL" in self.name

    def row(self) -> dict[str, Any]:
        """Its row of DescribeWorkspaceBundles."""
        return {
            "BundleId": self.bundle_id,
            "Name": self.name,
            "Owner": "AMAZON" if self.public else OWN_ACCOUNT,
            "State": self.state,
            "ComputeType": {"Name": self.compute},
            "RootStorage": {"Capacity": str(self.root)},
            "UserStorage": {"Capacity": str(self.user)},
            **({} if self.public else {"ImageId": self.image_id}),
        }

    @property
    def image_id(self) -> str:
        return f"wsi-{self.bundle_id.removeprefix('wsb-')}"

    def image(self) -> dict[str, Any] | None:
        """Its image's row of DescribeWorkspaceImages; None where the account has none."""
        if self.public or not self.pictured:
            return None
        return {
            "ImageId": self.image_id,
            "Name": self.image_id,
            "OperatingSystem": {"Type": "LINUX" if self.experience == LINUX else "WINDOWS"},
            "State": "AVAILABLE",
            "RequiredTenancy": "DEDICATED" if self.byol else "DEFAULT",
            "OwnerAccountId": OWN_ACCOUNT,
        }


_SERVER_16, _SERVER_19, _SERVER_22 = "WINDOWS_SERVER_2016", "WINDOWS_SERVER_2019", "WINDOWS_SERVER_2022"

PUBLIC_10 = TrueBundle(
    "wsb-pub10std0", "Standard with Windows 10 (Server 2016 based)", _SERVER_16, public=True
)
PUBLIC_22 = TrueBundle(
    "wsb-pub22prf0",
    "Performance with Windows 10 (Server 2022 based) (WSP)",
    _SERVER_22,
    public=True,
    compute="PERFORMANCE",
    user=100,
)
CUSTOM_22 = TrueBundle(
    "wsb-cus22prf0",
    "Corporate Windows 10 (Server 2022 based) (WSP)",
    _SERVER_22,
    compute="PERFORMANCE",
    root=175,
    user=100,
)
CUSTOM_10 = TrueBundle("wsb-cus10std0", "Finance desktop Windows 10 2021-06", "WINDOWS_10", user=100)
CUSTOM_NAMELESS = TrueBundle("wsb-cusnoname", "Engineering image of spring", "WINDOWS_10", told=False)
PUBLIC_PLUS = TrueBundle(
    "wsb-pubplus10", "Standard Plus with Windows 10 (Server 2019 based)", _SERVER_19, public=True, plus=True
)
BYOL_10 = TrueBundle("wsb-byol10std", "Lab desktop Windows 10", "WINDOWS_10", byol=True)

CATALOGUE: dict[str, TrueBundle] = {
    bundle.bundle_id: bundle
    for bundle in (
        PUBLIC_10,
        PUBLIC_22,
        CUSTOM_22,
        CUSTOM_10,
        CUSTOM_NAMELESS,
        PUBLIC_PLUS,
        BYOL_10,
        TrueBundle(
            "wsb-pub10val0",
            "Value with Windows 10 (Server 2019 based)",
            _SERVER_19,
            public=True,
            user=10,
            compute="VALUE",
        ),
        TrueBundle(
            "wsb-puboffice",
            "Value with Windows 10 and Office 2016",
            _SERVER_16,
            public=True,
            plus=True,
            user=10,
            compute="VALUE",
        ),
        TrueBundle("wsb-pub07std0", "Standard with Windows 7", "WINDOWS_7", public=True),
        TrueBundle("wsb-cus07std0", "Claims desktop Windows 7", "WINDOWS_7"),
        TrueBundle("wsb-byol07std", "Lab desktop Windows 7", "WINDOWS_7", byol=True),
        TrueBundle("wsb-byol10new", "Lab desktop Windows 10 (WSP)", "WINDOWS_10", byol=True, user=100),
        TrueBundle("wsb-byol11std", "Lab desktop Windows 11", "WINDOWS_11", byol=True),
        TrueBundle("wsb-publinux0", "Standard with Amazon Linux 2", "AMAZON_LINUX_2", public=True),
        TrueBundle("wsb-cuslinux0", "Developers Ubuntu 22.04", "UBUNTU_22_04"),
        TrueBundle("wsb-cusplus10", "Finance Plus Windows 10", "WINDOWS_10", plus=True),
        TrueBundle("wsb-cusnopict", "Branch desktop Windows 10", "WINDOWS_10", pictured=False),
        TrueBundle("wsb-cuserror0", "Broken desktop Windows 10", "WINDOWS_10", state="ERROR"),
    )
}
"""Every bundle a drawn fleet may use, by id."""

NO_SUCH_BUNDLE = "wsb-nosuch000"
