"""The page, as a person looks at it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

T = TypeVar("T")
SECONDS = 60


class Screen:
    def __init__(self, browser: webdriver.Chrome, url: str) -> None:
        self.browser = browser
        browser.get(url)

    def wait_until(self, find: Callable[[], T | None]) -> T:
        return WebDriverWait(self.browser, SECONDS, poll_frequency=0.05).until(lambda _: find())

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """In one look: rows come and go."""
        script = "return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility()).map(e => e.innerText)"
        found: list[str] = self.browser.execute_script(script, selector)
        return found

    def wait_until_live(self) -> None:
        self.wait_until(lambda: self.texts("#live") == ["live"])

    def bar(self) -> int | None:
        """Of the newest computation, percent."""
        script = "return document.querySelector('[data-computation] [role=progressbar]')?.getAttribute('aria-valuenow')"
        value: str | None = self.browser.execute_script(script)
        return None if value is None else int(value)

    def set_width(self, width: int, height: int, scale: float = 1) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, scheme: str) -> None:
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def keep(self, path: Path) -> None:
        self.browser.save_screenshot(str(path))
