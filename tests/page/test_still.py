"""The page before a gateway with fake workers: strangers, widths, keys, colours."""

import asyncio
import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.page.screen import Screen
from tests.ufora.gateway.fakes import Question, RunningGateway, a_program, running_gateway
from tests.ufora.gateway.test_api import TOKEN, a_pulse, ask

ATTACK = "<img src=x onerror=window.attacked=1><script>window.attacked=1</script>"
NEVER_SHOWN = ("w1", "notes.py", "ada@engine", "127.0.0.1:30009")


async def evaluate(question: Question) -> bytes:
    if question.program.endswith(b"forever"):
        await asyncio.Event().wait()
    return question.program


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    with running_gateway(evaluate, tmp_path / "spool") as running:
        yield running


@pytest.fixture
def screen(browser, gateway: RunningGateway) -> Iterator[Screen]:
    screen = Screen(browser, gateway.address)
    screen.wait_until_live()
    yield screen
    browser.get("about:blank")  # before the gateway goes: a page with open details asks it for more


def compute(gateway: RunningGateway, content: bytes, owner: str = "ada@engine", source: str = "notes.py%3A7", **headers: str) -> None:
    session = ask(gateway, "POST", "/api/v1/sessions", json.dumps({"owner": owner}).encode(), headers)[1]["session"]
    ask(gateway, "PUT", f"/api/v1/sessions/{session}/computations/c1?want=all&source={source}", a_program(content), headers)


def test_what_users_and_workers_say_never_becomes_markup(screen: Screen, gateway: RunningGateway):
    compute(gateway, b"forever", owner=ATTACK, source=ATTACK.replace("<", "%3C").replace(" ", "%20"))
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse(lines=(ATTACK,), python=ATTACK)))
    screen.wait_until(lambda: [text for text in screen.texts("[data-computation] .source b") if ATTACK in text])
    screen.wait_until(lambda: [text for text in screen.texts("#log > div") if ATTACK in text])
    screen.find("[data-computation] .source").click()
    assert screen.browser.execute_script("return window.attacked") is None
    assert screen.find_all("main img, main script") == []


def test_with_a_token_there_is_a_login_form_and_no_data(browser, tmp_path: Path, screenshots: Path):
    with running_gateway(evaluate, tmp_path / "spool", admits=lambda token: token == TOKEN) as gateway:
        compute(gateway, b"forever", Authorization=f"Bearer {TOKEN}")
        screen = Screen(browser, gateway.address)
        screen.wait_until(lambda: screen.texts("#login-form"))
        assert not any(word in browser.page_source for word in NEVER_SHOWN)
        assert screen.texts("#cluster") == []
        screen.keep(screenshots / "login.png")
        screen.find("#token").send_keys("a wrong one", Keys.ENTER)
        screen.wait_until(lambda: screen.texts("#login-problem") == ["This is not a token of this cluster."])
        screen.find("#token").clear()
        screen.find("#token").send_keys(TOKEN, Keys.ENTER)
        screen.wait_until_live()
        screen.wait_until(lambda: "notes.py:7" in "".join(screen.texts("[data-computation]")))
        screen.find("#logout").click()
        screen.wait_until(lambda: screen.texts("#login-form"))
        assert not any(word in browser.page_source for word in NEVER_SHOWN)
        refused = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
        assert all("401" in message for message in refused), refused  # the browser's own words about the answers


def test_the_keyboard_reaches_everything(screen: Screen, gateway: RunningGateway):
    compute(gateway, b"forever")
    screen.wait_until(lambda: screen.texts("[data-computation]"))
    reached = []
    body = screen.find("body")
    for _ in range(16):
        body.send_keys(Keys.TAB)
        reached.append(screen.browser.execute_script("const e = document.activeElement; return e.innerText || e.id || e.className"))
    assert [
        word
        for word in ("Skip to the computations", "◐", "timeline", "search", "All", "Active", "Ended", "Cancel", "log")
        if word not in reached
    ] == []
    source = screen.find("[data-computation] .source")
    source.send_keys(Keys.ENTER)
    assert source.get_attribute("aria-expanded") == "true"
    assert screen.find(".detail").is_displayed()


def test_of_many_computations_and_workers_the_first_are_shown(browser, tmp_path: Path, screenshots: Path):
    with running_gateway(evaluate, tmp_path / "spool", workers=50) as gateway:
        for number in range(30):
            compute(gateway, b"", source=f"file_{number}.py%3A1", owner="grace@pc" if number == 3 else "ada@engine")
        screen = Screen(browser, gateway.address)
        screen.wait_until_live()
        screen.wait_until(lambda: len(screen.texts("[data-computation]")) == 20 and len(screen.texts("[data-worker]")) == 20)
        assert screen.texts(".more") == ["Show 10 more of 10", "Show 30 more of 30"]
        screen.set_width(1360, 3200)
        screen.keep(screenshots / "many.png")
        for button in screen.find_all(".more"):
            button.send_keys(Keys.ENTER)
        screen.wait_until(lambda: len(screen.texts("[data-computation]")) == 30 and len(screen.texts("[data-worker]")) == 50)
        assert screen.texts(".more") == []
        screen.find("#search").send_keys("GRACE file_3")
        screen.wait_until(lambda: len(screen.texts("[data-computation]")) == 1)
        screen.find("#search").send_keys("0")
        screen.wait_until(lambda: screen.texts("#computations-empty") == ["None fits."])


@pytest.mark.parametrize(("host", "is_told"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_a_cluster_open_to_other_machines_says_so(browser, tmp_path: Path, host: str, is_told: bool):
    with running_gateway(evaluate, tmp_path / "spool", host=host) as gateway:
        screen = Screen(browser, f"http://127.0.0.1:{gateway.port}")
        screen.wait_until_live()
        assert [text for text in screen.texts("#open") if "whoever reaches this address can compute" in text] == screen.texts("#open")
        assert bool(screen.texts("#open")) is is_told
        browser.get("about:blank")


def test_an_empty_cluster_says_how_to_begin(browser, tmp_path: Path, screenshots: Path):
    with running_gateway(evaluate, tmp_path / "spool") as gateway:
        gateway.call(gateway.engine.set_workers)
        screen = Screen(browser, gateway.address)
        screen.wait_until_live()
        screen.wait_until(lambda: screen.texts("#workers-empty"))
        assert "UFORA_MANAGER_ADDRESS=127.0.0.1 ufora run" in screen.texts("#workers-empty")[0]
        assert f'pyfora.connect("{gateway.address}")' in screen.texts("#computations-first")[0]
        screen.set_width(1360, 1000)
        screen.keep(screenshots / "empty.png")


def test_what_runs_is_explained_so_far_with_its_machine_code(screen: Screen, gateway: RunningGateway):
    gateway.engine.kernels = {"w1": {"key1": "; its machine code"}}
    compute(gateway, b"forever")
    screen.wait_until(lambda: screen.texts("[data-computation] .badge") == ["running"])
    screen.find("[data-computation] .source").click()
    screen.wait_until(lambda: "Line by line, so far" in screen.texts(".detail h3") and "f(x)" in screen.texts(".lines code"))
    screen.find(".detail summary").send_keys(Keys.ENTER)
    screen.wait_until(lambda: screen.texts(".detail pre") == ["; its machine code"])


def test_the_time_line_says_in_words_what_it_shows(screen: Screen, gateway: RunningGateway):
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse()))
    screen.wait_until(lambda: screen.find("#timeline").get_attribute("aria-label") == "7 slices on 1 core in the last minute")


@pytest.mark.parametrize("width", [320, 390, 700, 1024, 1600])
def test_nothing_sticks_out_at_any_width(screen: Screen, gateway: RunningGateway, width: int, screenshots: Path):
    compute(gateway, b"forever", source="a_rather_long_name_of_a_file_that_somebody_gave_to_a_program.py%3A1234")
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse(lines=("x" * 300,))))
    screen.wait_until(lambda: screen.texts("[data-computation]") and screen.texts("#log > div"))
    screen.set_width(width, 900)
    assert screen.browser.execute_script("return document.documentElement.scrollWidth") <= width
    if width == 390:
        screen.set_width(width, 1700)
        screen.keep(screenshots / "phone.png")


def test_light_and_dark_follow_the_system_and_the_button(screen: Screen):
    def background() -> str:
        colour: str = screen.browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        return colour

    screen.prefer("light")
    light = background()
    screen.prefer("dark")
    dark = background()
    assert light != dark
    screen.find("#theme").click()
    assert background() == light
    screen.browser.execute_script("localStorage.clear()")


def test_nothing_comes_from_elsewhere(screen: Screen, gateway: RunningGateway):
    loaded = screen.browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert len(loaded) >= 8
    assert all(name.startswith(gateway.address) for name in loaded)


def test_the_policy_forbids_all_else(gateway: RunningGateway):
    for path in ("/", "/page/main.js", "/page/socket.io.js"):
        status, _, headers = ask_plainly(gateway, path)
        assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
    for path in ("/page/nothing.js", "/page/..%2Fpages.py", "/page/%2e%2e/pages.py", "/page/"):
        assert ask_plainly(gateway, path)[0] == 404


def ask_plainly(gateway: RunningGateway, path: str) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    connection.request("GET", path)
    response = connection.getresponse()
    answer = response.status, response.read(), dict(response.headers)
    connection.close()
    return answer
