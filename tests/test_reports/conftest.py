"""A real browser, without a network."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import needs

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="session")
def axe():
    """Source of axe-core, which finds faults of accessibility."""
    needs(AXE.exists(), "axe-core: npm install --no-save axe-core")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def browser():
    needs(shutil.which("chromium") and shutil.which("chromedriver"), "chromium and chromedriver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--proxy-server=127.0.0.1:9"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()
