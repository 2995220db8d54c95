"""Takes the pictures of the README and the pages from the demo's report: `make demo`, then `python docs/pictures.py`.

Needs a Chromium with its driver.
"""

import time
from pathlib import Path

from selenium import webdriver

DOCS = Path(__file__).parent
REPORT = DOCS.parent / "studies" / "tickets" / "report" / "report.html"


def main() -> None:
    """Writes `report.png`, the top of the page, and `front.png`."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options)
    browser.set_window_size(1400, 1240)
    browser.get(REPORT.as_uri())
    time.sleep(1)
    browser.save_screenshot(str(DOCS / "report.png"))
    front = browser.find_element("id", "front")
    browser.execute_script("arguments[0].scrollIntoView()", front)
    time.sleep(1)
    front.screenshot(str(DOCS / "front.png"))
    browser.quit()


if __name__ == "__main__":
    main()
