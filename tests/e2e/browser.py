"""Headless Chromium for the tests of pages: what the page logged, requested and had refused is kept."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-prefers-reduced-motion",
)
# Runs before the page's own script and outside its policy.
_WITNESS = """
window.witnessed = [];
addEventListener("error", (e) => witnessed.push("error: " + e.message), true);
addEventListener("unhandledrejection", (e) => witnessed.push("rejection: " + e.reason));
addEventListener("securitypolicyviolation",
  (e) => witnessed.push(`refused: ${e.violatedDirective} ${e.blockedURI}`));
for (const name of ["alert", "confirm", "prompt", "open"]) window[name] = () => witnessed.push(name);
"""


def start_browser(profile: Path) -> webdriver.Chrome:
    """A new browser; skips the test where Chromium is missing, but never in a continuous integration."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("needs Chromium: apt-get install chromium chromium-driver")
    options = Options()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    browser = webdriver.Chrome(options=options, service=Service(driver))
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WITNESS})
    return browser


class Visit:
    """A page opened from disk."""

    def __init__(self, browser: webdriver.Chrome, path: Path) -> None:
        self.browser = browser
        self._address = path.as_uri()

    def open(self, *, width: int = 1280, dark: bool = False, script: bool = True) -> None:
        """Load the page anew in a window of that width (phones are below 500) and scheme."""
        command = self.browser.execute_cdp_cmd
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        command("Emulation.setEmulatedMedia", {"features": [scheme]})
        command(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        command("Emulation.setScriptExecutionDisabled", {"value": not script})
        self.browser.get("about:blank")
        for kind in ("browser", "performance"):
            self.browser.get_log(kind)  # type: ignore[no-untyped-call]
        self.browser.get(self._address)

    def run(self, script: str, *arguments: object) -> Any:
        """What a piece of JavaScript returns."""
        return self.browser.execute_script(script, *arguments)

    def complaints(self) -> list[str]:
        """Console messages, uncaught errors, refusals by the policy, dialogs."""
        logged = self.browser.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in logged] + list(self.run("return window.witnessed"))

    def requests(self) -> list[str]:
        """Every address asked for since the page was opened, but the page itself."""
        entries = self.browser.get_log("performance")  # type: ignore[no-untyped-call]
        events = [json.loads(entry["message"])["message"] for entry in entries]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [address for address in asked if address.partition("#")[0] != self._address]

    def rows(self) -> list[list[str]]:
        """The table's cells as shown, without the labels that phones see."""
        return list(
            self.run(
                "return [...document.querySelectorAll('#body tr')]"
                ".map((row) => [...row.children].map((cell) => cell.textContent))"
            )
        )

    def tally(self) -> str:
        """What the live region says."""
        return str(self.run("return document.getElementById('tally').textContent"))
