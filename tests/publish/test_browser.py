"""Pages as a browser shows them, opened from the folder as by a double click."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.needs import unavailable

pytestmark = pytest.mark.browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
KINDS = (
    "index.html",
    "qualities/index.html",
    "qualities/product.html",
    "indices/qci.html",
    "pillars.html",
    "registers/index.html",
    "contracts/figures.html",
    "registers/simulated_firms.html",
    "areas/450206.html",
    "indicators/index.html",
    "search.html",
    "indicators/qci.html",
    "indicators/inspection_pass_rate.html",
    "methods.html",
    "data.html",
)
CHART_PAGES = (
    "indicators/qci.html",
    "indicators/inspection_pass_rate.html",
    "indicators/upgrading_investment.html",
)


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Chromium as the system has it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        unavailable("Chromium is absent")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Visit:
    """A page opened from its file, with everything the browser complained of."""

    def __init__(self, browser, path: Path | None, width: int = 1024, look: str = "light") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=look)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type != "log" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        if path is not None:
            self.page.goto(path.as_uri())

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_) -> None:
        self.context.close()

    def draw_all(self) -> None:
        """Scroll to every chart that is not folded away, and wait until it is drawn."""
        for canvas in self.page.query_selector_all(".canvas"):
            if canvas.is_visible():
                canvas.scroll_into_view_if_needed()
                name = canvas.get_attribute("data-spec")
                self.page.wait_for_selector(f".canvas[data-spec='{name}'][data-drawn=done]")

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )


def check(browser, paths: Iterable[Path], width: int) -> None:
    """Open pages one after the other, everything unfolded, every chart drawn."""
    with Visit(browser, None, width) as visit:
        for path in paths:
            visit.page.goto(path.as_uri())
            visit.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            visit.draw_all()
            assert visit.overflow() <= 0, path
            assert visit.complaints == [], path
            assert all(url.startswith(("file://", "data:")) for url in visit.asked), path


@pytest.mark.slow
def test_every_page_opens_on_a_phone_with_no_complaint_and_nothing_beyond_the_edge(browser, site):
    """Those of the first language; the same templates make the other's, and the next test opens those."""
    check(browser, (p for p in sorted(site.rglob("*.html")) if p.relative_to(site).parts[0] != "en"), 360)


@pytest.mark.parametrize(("folder", "width"), [(".", 1024), ("en", 1440), ("en", 360)])
def test_every_kind_of_page_opens_on_other_screens(browser, site, width, folder):
    check(browser, [site / folder / place for place in KINDS], width)


@pytest.mark.parametrize(("folder", "look", "places"), [(".", "light", KINDS), ("en", "dark", KINDS[:-2])])
def test_axe_finds_nothing_serious(browser, site, folder, look, places):
    """What the axe rules call serious or critical, on every kind of page."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    with Visit(browser, site / folder / KINDS[0], look=look) as visit:
        for place in places:
            visit.page.goto((site / folder / place).as_uri())
            response = Axe().run(visit.page).response
            found += [
                (place, broken["id"], broken["nodes"][0]["html"][:200])
                for broken in response["violations"]
                if broken["impact"] in ("serious", "critical")
            ]
    assert found == []


# ---- search, registers, maps ----------------------------------------------------------------------


def test_the_search_finds_any_part_of_a_chinese_name(browser, site):
    with Visit(browser, site / "search.html") as visit:
        visit.page.fill("#q", "竞争力")
        assert visit.page.inner_text(".found li:first-child a") == "制造业质量竞争力指数"
        visit.page.fill("#q", "融水")
        assert "融水苗族自治县" in visit.page.inner_text(".found")
        visit.page.fill("#q", "没有这回事")
        assert visit.page.inner_text(".found-count") == "没有找到"
        assert visit.page.query_selector_all(".found li") == []


def test_what_was_looked_for_stays_in_the_address_and_across_languages(browser, site):
    with Visit(browser, site / "search.html") as visit:
        visit.page.fill("#q", "qci")
        visit.page.click("a.language")
        visit.page.wait_for_url("**/site/en/search.html#q=qci")
        visit.page.wait_for_selector(".found li")
        visit.page.click(".found li:first-child a")
        visit.page.wait_for_load_state()
        assert visit.complaints == []


def test_a_register_is_chosen_from_and_leafed_through(browser, site):
    with Visit(browser, site / "registers" / "simulated_firms.html") as visit:
        page = visit.page
        assert page.inner_text(".register-count") == "第 1–50 条，共 2,000 条"
        page.click("[data-step='1']")
        assert page.inner_text("#t-register tbody tr:first-child th") == "SIM-0051"
        page.select_option("select[data-column='2']", "三江侗族自治县")
        assert {e.inner_text() for e in page.query_selector_all("#t-register tbody td:nth-child(3)")} == {
            "三江侗族自治县"
        }
        page.fill("input[name=find]", "sim-9999")
        assert page.inner_text(".register-count") == "没有找到"
        assert visit.complaints == []


def test_the_map_stands_as_the_counties_lie(browser, site):
    with Visit(browser, site / "qualities" / "product.html") as visit:
        box = {
            e.inner_text().split("\n")[0]: e.bounding_box()
            for e in visit.page.query_selector_all("#map-inspection_pass_rate .tile")
        }
        assert (
            box["三江侗族自治县"]["y"] < box["融水苗族自治县"]["y"] < box["柳城县"]["y"] < box["柳江区"]["y"]
        )
        assert box["柳城县"]["x"] < box["柳北区"]["x"] < box["鹿寨县"]["x"]
        grounds = visit.page.evaluate(
            "[...document.querySelectorAll('#map-inspection_pass_rate .tile')]"
            ".map(e => getComputedStyle(e).backgroundColor)"
        )
        assert len(set(grounds)) >= 3


@pytest.mark.parametrize("place", CHART_PAGES)
@pytest.mark.parametrize("look", ["light", "dark"])
def test_charts_appear_in_the_colours_of_the_look(browser, site, place, look):
    with Visit(browser, site / place, look=look) as visit:
        visit.draw_all()
        assert visit.page.query_selector_all(".canvas svg")
        colour = visit.page.evaluate(
            "getComputedStyle(document.querySelector('.canvas svg .role-axis-label text')).fill"
        )
        assert colour == {"light": "rgb(81, 96, 109)", "dark": "rgb(168, 180, 190)"}[look]


def test_charts_wait_until_they_come_into_view(browser, site):
    with Visit(browser, site / "indicators" / "qci.html", width=360) as visit:
        last = visit.page.query_selector_all(".canvas")[-1]
        assert last.get_attribute("data-drawn") is None
        last.scroll_into_view_if_needed()
        visit.page.wait_for_selector(".canvas[data-drawn=done]")


def test_the_shipped_fonts_are_used(browser, site):
    with Visit(browser, site / "index.html") as visit:
        visit.page.evaluate("document.fonts.ready")
        loaded = visit.page.evaluate(
            "[...document.fonts].filter(f => f.status === 'loaded').map(f => [f.family, f.weight])"
        )
        assert {tuple(font) for font in loaded} == {('"Noto Sans SC"', "400"), ('"Noto Sans SC"', "700")} or {
            tuple(font) for font in loaded
        } == {("Noto Sans SC", "400"), ("Noto Sans SC", "700")}


def test_the_language_link_stays_at_the_same_place(browser, site):
    with Visit(browser, site / "indicators" / "qci.html") as visit:
        visit.page.click(".contents a[href='#peers']")
        visit.page.click("a.language")
        visit.page.wait_for_url("**/site/en/indicators/qci.html#peers")
        assert visit.page.get_attribute("html", "lang") == "en"
        visit.page.click("a.language")
        visit.page.wait_for_url("**/site/indicators/qci.html#peers")


def test_the_look_can_be_chosen_and_is_remembered(browser, site):
    background = "getComputedStyle(document.body).backgroundColor"
    with Visit(browser, site / "index.html") as visit:
        assert visit.page.evaluate(background) == "rgb(255, 255, 255)"
        assert visit.page.inner_text("button.look") == "深色"
        visit.page.click("button.look")
        assert visit.page.evaluate(background) == "rgb(16, 22, 28)"
        assert visit.page.inner_text("button.look") == "浅色"
        visit.page.click("nav a[href$='data.html']")
        visit.page.wait_for_url("**/data.html")
        assert visit.page.evaluate(background) == "rgb(16, 22, 28)"


def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(browser, site):
    with Visit(browser, site / "index.html") as visit:
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.className") == "skip"
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "main"
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_link_into_something_folded_unfolds_it(browser, site):
    with Visit(browser, site / "indicators" / "qci.html") as visit:
        visit.page.goto(visit.page.url + "#t-peers-2012")
        visit.page.wait_for_selector("#t-peers-2012", state="visible")


def test_everything_can_be_read_without_scripts(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "indicators" / "qci.html").as_uri())
    assert page.is_visible("#t-series")
    assert "图要用脚本绘制" in page.inner_text("#series-chart")
    assert not page.is_visible("button.look")
    context.close()


CONTRAST = """
() => {
  const luminance = c => {
    const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = c.map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parse = s => s.match(/[\\d.]+/g).map(Number);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const e of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.offsetParent || getComputedStyle(e).visibility === "hidden" || e.closest("svg")) continue;
    const a = luminance(parse(getComputedStyle(e).color).slice(0, 3)), b = luminance(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(e.tagName + "." + e.className + " " + ratio.toFixed(2));
  }
  return [...new Set(low)];
}
"""


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize(
    "place", ["index.html", "qualities/product.html", "indicators/inspection_pass_rate.html", "methods.html"]
)
def test_text_stands_out_from_its_ground(browser, site, place, look):
    """WCAG 2.1, success criterion 1.4.3: at least 4.5 to 1."""
    with Visit(browser, site / place, look=look) as visit:
        assert visit.page.evaluate(CONTRAST) == []


def test_paper_is_white_and_has_no_navigation(browser, site):
    with Visit(browser, site / "indicators" / "qci.html", look="dark") as visit:
        visit.page.emulate_media(media="print", color_scheme="dark")
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not visit.page.is_visible(".masthead nav")
        assert visit.page.is_visible("#t-series")
