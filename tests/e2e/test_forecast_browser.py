"""The forecast's page in a browser: nothing refused or asked for; readable on a phone, by day and night."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.browser import Visit, start_browser
from tests.unit.test_forecast_page import HOSTILE, document, page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    place = tmp_path_factory.mktemp("forecast")
    (place / "page.html").write_text(page(document()), encoding="utf-8")
    browser = start_browser(place / "profile")
    yield Visit(browser, place / "page.html")
    browser.quit()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_loads_nothing_and_follows_the_scheme(visit: Visit, width: int, dark: bool) -> None:
    visit.open(width=width, dark=dark)
    assert visit.complaints() == []
    assert visit.requests() == []
    assert HOSTILE in visit.run("return document.body.textContent")
    assert visit.run("return document.documentElement.scrollWidth") <= width
    ground = visit.run("return getComputedStyle(document.body).backgroundColor")
    label = "return getComputedStyle(document.querySelector('.stacks td'), '::before').unicodeBidi"
    assert visit.run(label) == "isolate"
    assert ground == ("rgb(20, 24, 27)" if dark else "rgb(247, 247, 245)")
