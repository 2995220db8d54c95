"""The report page in a real browser: from a file, without a network, at three sizes of screen."""

import re

import numpy as np
import pytest
from selenium.webdriver.support.wait import WebDriverWait

import reports
from reports.page._plotly_script import TRACES, plotly_script
from reports.ranking import achievement
from search_spaces import names
from tests.conftest import needs
from tests.test_reports._studies import BASELINES, EVIL, POINTS, make_study, meta, searched_study

SIZES = [(1400, 900), (820, 1100), (390, 800)]


@pytest.fixture
def opened(browser, tmp_path):
    def make(study, size=SIZES[0]):
        page = reports.write_report(study, tmp_path / "report") / "report.html"
        browser.set_window_size(*size)
        browser.get(page.as_uri())
        assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
        return browser

    return make


def text(browser, name):
    return browser.find_element("id", name).text


def test_the_page_opens_without_a_network_and_shows_the_pick(opened):
    study = make_study(POINTS, BASELINES)
    browser = opened(study)
    pick = reports.choose(study)
    assert f"trial {pick}" in text(browser, "shown-title")
    assert text(browser, "shown-call") == reports.compile_call(study.trials[pick].user_attrs[names.CANDIDATE])
    assert browser.execute_script("return document.querySelectorAll('#front .main-svg').length") > 0


@pytest.mark.parametrize("powers", [(0, 0), (3, 0), (0, 4), (-4, 1.5), (4, -4)])
def test_a_preference_picks_in_the_page_what_it_picks_in_python(opened, powers):
    study = make_study(POINTS, BASELINES)
    browser = opened(study)
    for slider, power in zip(browser.find_elements("css selector", "input[data-objective]"), powers, strict=True):
        browser.execute_script(
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'));", slider, power
        )
    prefer = {output: 2.0**power for output, power in zip("ab", powers, strict=True)}
    chosen = int(reports.pick(reports.rank(study), prefer)["trial"])
    assert f"trial {chosen}" in text(browser, "shown-title")
    browser.find_element("id", "reset").click()
    assert text(browser, "shown-title").startswith("The pick")


def test_the_script_and_python_agree_on_random_numbers(opened):
    browser, random = opened(make_study(POINTS, BASELINES)), np.random.default_rng(0)
    for _ in range(20):
        values, importance = random.normal(size=(9, 3)).round(1), random.uniform(0.1, 5, 3)
        found = browser.execute_script("return achievement(arguments[0], arguments[1])", values.tolist(), importance.tolist())
        np.testing.assert_allclose(found, achievement(values, importance), rtol=1e-12)


def test_a_click_shows_a_configuration(opened):
    study = make_study(POINTS, BASELINES)
    browser = opened(study)
    browser.execute_script("document.getElementById('front').emit('plotly_click', {points: [{customdata: arguments[0]}]})", 6)
    assert text(browser, "shown-title") == "Chosen by a click: trial 6"
    assert "0.75" in text(browser, "shown-values")


def test_the_table_sorts_filters_and_downloads(opened):
    browser = opened(make_study(POINTS, BASELINES))
    headers = browser.find_elements("css selector", "#ranking th")
    at = [header.text for header in headers].index("a/m")

    def column():
        return [
            row.find_elements("tag name", "td")[at].text for row in browser.find_elements("css selector", "#ranking tbody tr")
        ]

    for direction in (1, -1):
        browser.execute_script("arguments[0].click()", headers[at].find_element("tag name", "button"))
        numbers = [float(cell) for cell in column() if cell]
        assert numbers == sorted(numbers, reverse=direction < 0)
    browser.find_element("id", "ranking-filter").send_keys("single")
    assert len([cell for cell in column() if cell]) == 2
    lines = browser.execute_script("return csvOf(document.getElementById('ranking'))").split("\r\n")
    assert len(lines) == 1 + 2 + 1
    assert lines[0].startswith("rank,trial,baseline")


def test_formulas_are_told_apart_in_the_download(opened):
    about = meta(outputs=("=1+1", "b"))
    browser = opened(make_study([(0.8, 2.5)], {"current": (0.7, 3.0)}, about))
    assert "'=1+1/m" in browser.execute_script("return csvOf(document.getElementById('ranking'))")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_is_wider_than_the_screen(opened, size):
    browser = opened(make_study(POINTS, BASELINES), size)
    width, inner = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= inner


@pytest.mark.parametrize("evil", [EVIL, '"><img src=x onerror=alert(1)>', "</script><script>alert(1)</script>"])
def test_names_are_inert(opened, evil):
    study = make_study([(0.8, 2.5), (0.7, 2.1)], {"current": (0.7, 3.0)}, meta(outputs=(evil, "b"), name=evil))
    browser = opened(study)
    assert browser.execute_script("return document.querySelectorAll('img, iframe').length") == 0
    assert evil in text(browser, "shown-call") or repr(evil) in text(browser, "shown-call")


@pytest.mark.parametrize("outputs", ["a", "abc"])
def test_one_objective_and_three(opened, outputs):
    about = meta(outputs=tuple(outputs), directions=("max",) * len(outputs))
    browser = opened(make_study(np.random.default_rng(0).random((6, len(outputs))).tolist(), about=about))
    assert len(browser.find_elements("id", "parallel")) == (len(outputs) == 3)
    assert len(browser.find_elements("css selector", "input[data-objective]")) == (len(outputs) if len(outputs) > 1 else 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("outputs", [2, 3])
def test_axe_finds_no_serious_fault(opened, axe, scheme, outputs):
    study = searched_study(40) if outputs == 2 else make_study([(0.8, 0.1, 0.2), (0.7, 0.2, 0.1)], about=meta("abc", ["max"] * 3))
    browser = opened(study)
    preferred = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", preferred)
    browser.execute_script(axe)
    found = browser.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    serious = [
        f"{fault['impact']}: {fault['help']}: {[node['html'][:120] for node in fault['nodes'][:3]]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert len(found["passes"]) > 10


def test_an_empty_study_has_a_page(opened):
    browser = opened(make_study([], states=(names.RUNNING,)))
    assert "No trial is complete yet" in browser.find_element("tag name", "main").text


def test_the_library_is_the_one_that_is_published(request):
    published = request.config.rootpath / "node_modules" / "plotly.js-basic-dist-min" / "plotly-basic.min.js"
    needs(published.exists(), "npm install plotly.js-basic-dist-min")
    assert published.read_text(encoding="utf-8") == plotly_script()


def test_a_page_is_small_and_the_library_draws_all_of_it(tmp_path):
    study = make_study([(1, 2, 3), (2, 1, 0)], about=meta(outputs=("a", "b", "c"), directions=("max",) * 3))
    page = reports.write_report(study, tmp_path) / "report.html"
    assert page.stat().st_size < 1.5e6
    types = set(re.findall(r'"type": ?"(\w+)"', page.read_text(encoding="utf-8").split("var figures")[1].split("Object.keys")[0]))
    assert types <= {*TRACES, "linear", "log", "category", "line"}


@pytest.mark.parametrize("outputs", [2, 5])
@pytest.mark.parametrize("width", [1400, 390])
def test_no_table_is_cut(opened, outputs, width):
    letters = "abcde"[:outputs]
    points = [tuple(0.1 * ((trial + at) % 5) for at in range(outputs)) for trial in range(6)]
    today = {"current": tuple(0.2 for _ in letters)}
    browser = opened(make_study(points, today, meta(outputs=tuple(letters), directions=("max",) * outputs)), (width, 900))
    for table in browser.find_elements("css selector", "table"):
        if (
            width == 1400 or table.get_attribute("id") != "today"
        ):  # four columns of text scroll in a box of their own on a telephone
            own, room = browser.execute_script("return [arguments[0].scrollWidth, arguments[0].parentElement.clientWidth]", table)
            assert own <= room, table.get_attribute("id")


def test_all_columns_are_shown_on_request(opened):
    browser = opened(make_study(POINTS, BASELINES))
    hidden = "return Array.from(document.querySelectorAll('#ranking th')).filter(th => !th.offsetWidth).length"
    assert browser.execute_script(hidden) > 0
    browser.find_element("css selector", "input[data-all=ranking]").click()
    assert browser.execute_script(hidden) == 0


def test_the_call_is_copied_or_selected(opened):
    browser = opened(make_study(POINTS, BASELINES))
    button = browser.find_element("id", "copy-call")
    button.click()
    WebDriverWait(browser, 5).until(lambda _: button.text in ("Copied", "Selected"))
    if button.text == "Selected":
        assert browser.execute_script("return getSelection().toString()").strip() == text(browser, "shown-call").strip()


def test_the_verdict_comes_first_and_today_stands_beside_the_pick(opened):
    study = make_study(POINTS, BASELINES)
    browser = opened(study)
    assert browser.find_element("css selector", "h2").text == "Not confirmed yet: run confirm"
    rows = {row.find_element("tag name", "th").text: [cell.text for cell in row.find_elements("tag name", "td")]
            for row in browser.find_elements("css selector", "#today tbody tr")}  # fmt: skip
    ranking = reports.rank(study)
    today, pick = (ranking[ranking["trial"] == n].iloc[0] for n in (0, reports.choose(study)))
    assert rows["learning_rate"][:2] == [f"{row['learning_rate']:.4g}" for row in (today, pick)]
    values = next(cells for about, cells in rows.items() if about.startswith("a/m"))
    assert values[:2] == [f"{row['a/m']:.4g}" for row in (today, pick)]
