"""An approver's way through the console in a real Chromium."""

from collections.abc import Callable
from typing import Any

import pytest

from serving.console.security.headers import PAGES

pytestmark = pytest.mark.slow

SCRIPT = "<script>document.documentElement.dataset.owned='yes'</script>"


def live_and_next(house: Any, group: str, outcome: str = "better", **facts: Any) -> int:
    first = house.register(group)
    house.approve(group, first)
    return int(house.register(group, outcome, champion=f"{group}/{first}", **facts))


def test_an_approver_signs_in_reads_the_verdict_and_approves_without_scripts(
    window: Callable[..., Any], served: Any, house: Any, group: str
) -> None:
    version = live_and_next(house, group)
    page = window("light", java_script_enabled=False)
    page.goto(served.printed)
    assert page.url == f"{served.address}/"
    page.get_by_label("Group").select_option(group)
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name=f"{group}/{version}", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == (
        f"{group}/2 is better than {group}/1, the live model."
    )
    fold = page.viewport_size["height"]
    for text in ("+0.021", "With 95", "all 4 passed", "stops being used from the next run"):
        box = page.locator("p:visible", has_text=text).first.bounding_box()
        assert box["y"] + box["height"] < fold, text
    second = page.context.new_page()
    second.goto(page.url)
    page.get_by_label("Comment").fill("Checked the shop segment: fine.")
    page.get_by_role("button", name=f"Approve {group}/2").click()
    assert page.get_by_role("heading", level=1).inner_text() == f"{group}/2 is approved for local"
    decided = page.url
    page.reload()
    assert page.url == decided
    assert house.approvals.verified(group, "local").version == version
    entry = house.approvals.history(group)[-1]
    assert entry.comment == "Checked the shop segment: fine."
    assert (entry.actor.name, entry.actor.shown) == ("ben", "Ben Birch")
    page.get_by_role("link", name="History").click()
    assert page.get_by_text("Checked the shop segment: fine.").is_visible()
    second.get_by_role("button", name=f"Approve {group}/2").click()
    assert second.url == decided
    assert len(house.approvals.history(group)) == 2


def test_the_keyboard_alone_is_enough(
    window: Callable[..., Any], served: Any, house: Any, group: str
) -> None:
    version = live_and_next(house, group)
    page = window()
    page.goto(served.printed)
    page.goto(f"{served.address}/models/{group}/{version}/local")

    def focused() -> str:
        return str(page.evaluate("document.activeElement.innerText || document.activeElement.id"))

    page.keyboard.press("Tab")
    assert focused() == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused() == group
    page.keyboard.press("Tab")
    assert focused() == "approve-comment"
    page.keyboard.type("By keyboard.")
    page.keyboard.press("Tab")
    assert focused() == f"Approve {group}/2"
    page.keyboard.press("Enter")
    page.wait_for_url("**/decisions/*")
    assert house.approvals.history(group)[-1].comment == "By keyboard."


def test_an_injected_script_does_not_run(
    window: Callable[..., Any], served: Any, house: Any, group: str
) -> None:
    """As if escaping had failed: the page's own bytes carry a script."""
    version = live_and_next(house, group)
    page = window()
    page.goto(served.printed)
    address = f"{served.address}/models/{group}/{version}/local"
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text))

    def inject(route: Any) -> None:
        answer = route.fetch()
        hostile = f'{SCRIPT}<style>body{{display:none}}</style><img src=x onerror="owned()">'
        body = answer.text().replace("<main", f"{hostile}<main")
        route.fulfill(response=answer, body=body)

    page.route(address, inject)
    answer = page.goto(address)
    assert answer.headers["content-security-policy"] == PAGES
    assert SCRIPT in page.content()
    assert page.evaluate("document.documentElement.dataset.owned") is None
    assert page.evaluate("getComputedStyle(document.body).display") == "block"
    told = " ".join(blocked)
    assert "Executing inline script violates" in told or "Refused to execute inline script" in told


def test_a_script_in_the_evidence_does_not_run_and_reaches_nothing(
    window: Callable[..., Any], served: Any, house: Any, group: str
) -> None:
    hostile = (
        "<!doctype html><title>E</title><h1>E</h1>"
        + SCRIPT
        + (
            "<script>parent.document.title = 'owned'</script>"
            f"<img src='{served.address}/static/icon.svg'>"
            "<form action='/sign-out' method='post'><button>x</button></form>"
        )
    )
    version = house.register(group, pages=hostile)
    page = window()
    page.goto(served.printed)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{served.address}/models/{group}/{version}/local/report")
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="E").wait_for()
    assert page.title() == f"Report of {group}/1 · Penstock approvals"
    inner = page.frames[1]
    assert "owned" not in (inner.locator("html").get_attribute("data-owned") or "")
    frame.get_by_role("button").click()
    assert not [url for url in asked if url.endswith("/sign-out")]
    page.goto(f"{served.address}/packs/{group}/{version}/local/evidence.html")
    assert page.locator("html").get_attribute("data-owned") is None
    page.goto(f"{served.address}/live")
    assert page.get_by_role("button", name="Sign out").is_visible()


def test_a_comment_with_html_is_shown_as_text(
    window: Callable[..., Any], served: Any, house: Any, group: str
) -> None:
    version = live_and_next(house, group)
    page = window()
    page.goto(served.printed)
    page.goto(f"{served.address}/models/{group}/{version}/local")
    hostile = f"{SCRIPT}<b>bold</b> & 'quoted'"
    page.get_by_label("Comment").fill(hostile)
    page.get_by_role("button", name=f"Approve {group}/2").click()
    page.wait_for_url("**/decisions/*")
    assert page.locator("blockquote").inner_text() == hostile
    page.goto(f"{served.address}/history?group={group}")
    assert page.locator("blockquote").first.inner_text() == hostile


def test_a_rejection_and_a_rollback_by_hand(
    window: Callable[..., Any], served: Any, house: Any, group: str
) -> None:
    version = live_and_next(house, group)
    house.approve(group, version)
    third = house.register(group, "worse", champion=f"{group}/2")
    page = window("phone")
    page.goto(served.printed)
    page.goto(f"{served.address}/models/{group}/{third}/local")
    page.get_by_text(f"Reject {group}/3").first.click()
    page.get_by_label("Reason").fill("Worse.")
    page.get_by_role("button", name=f"Reject {group}/3").click()
    page.wait_for_url("**/decisions/*")
    assert f"{group}/3 is rejected for local" in page.get_by_role("heading", level=1).inner_text()
    page.goto(f"{served.address}/live")
    place = page.locator(f"#{group}-local")
    place.get_by_text(f"Roll back {group} at local").click()
    place.get_by_label("Reason").fill("Alarms.")
    place.get_by_role("button", name="Roll back").click()
    page.wait_for_url("**/decisions/*")
    assert house.live(group) == 1


def test_a_session_cookie_cannot_be_read_by_scripts(
    window: Callable[..., Any], served: Any
) -> None:
    page = window()
    page.goto(served.printed)
    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    page.context.add_cookies([{**cookie, "value": f"{cookie['value']}x"}])
    answer = page.goto(f"{served.address}/")
    assert answer.status == 401
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in first"
