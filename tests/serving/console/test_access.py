"""Who gets in, and what a request must carry."""

from typing import Any

import pytest

from penstock.approval.port import Person
from serving.console.security.headers import PAGES
from serving.console.security.rate_limit import RateLimit
from serving.console.security.sessions import Sessions

BEN = Person("ben")


def test_a_stranger_is_sent_to_sign_in_and_comes_back_to_the_page(consoles: Any) -> None:
    stranger = consoles.stranger(consoles.make())
    answer = stranger.get("/history?group=fraud")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?page=/history%3Fgroup%3Dfraud"


def test_the_printed_token_becomes_a_session_and_leaves_the_address(consoles: Any) -> None:
    console = consoles.make()
    stranger = consoles.stranger(console)
    answer = stranger.get(f"/sign-in?token={console.sign_in.token}&page=/live")
    assert (answer.status_code, answer.headers["location"]) == (303, "/live")
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "penstock-console-8420"
    assert console.sign_in.token not in rest
    assert "HttpOnly" in rest
    assert "SameSite=lax" in rest
    assert "Secure" not in rest
    assert stranger.get("/live").status_code == 200


def test_another_token_is_refused_with_words(consoles: Any) -> None:
    answer = consoles.stranger(consoles.make()).get("/sign-in?token=guessed")
    assert answer.status_code == 403
    assert "the token in the address is not the one that this console printed." in answer.text
    assert "Copy the whole address that `pipeline console` printed last." in answer.text
    assert "set-cookie" not in answer.headers


def test_with_https_the_cookie_is_bound_to_the_host_and_browsers_stay_there(consoles: Any) -> None:
    console = consoles.make(address="https://approvals.example.com")
    answer = consoles.stranger(console).get(f"/sign-in?token={console.sign_in.token}")
    assert answer.headers["set-cookie"].startswith("__Host-penstock-console=")
    assert "; Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "page", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/\nevil"]
)
def test_sign_in_leads_to_pages_of_this_console_alone(consoles: Any, page: str) -> None:
    console = consoles.make()
    answer = consoles.stranger(console).get(
        "/sign-in", params={"token": console.sign_in.token, "page": page}
    )
    assert answer.headers["location"] == "/"


def test_a_forged_cookie_is_refused(consoles: Any) -> None:
    client = consoles.client()
    name = client.console.settings.cookie
    cookie = str(client.http.cookies.get(name))
    other = consoles.client().http.cookies.get(name)
    for forged in (f"x{cookie}", cookie[:-1], cookie.partition(".")[0], str(other), "ü", ""):
        client.http.cookies.clear()
        answer = client.get("/", headers={"cookie": f"{name}={forged}".encode()})
        assert answer.status_code == 401, forged
        assert (
            "the session cookie was not issued by this console, or it was changed." in answer.text
        )


def test_a_session_ends_when_it_is_old_or_idle() -> None:
    now = [0.0]
    sessions = Sessions(lifetime_seconds=100, idle_seconds=30, clock=lambda: now[0])
    cookie = sessions.cookie(sessions.start(BEN, "approver"))
    for now[0] in (29, 58, 87):
        assert sessions.find(cookie).person == BEN
    now[0] = 101
    with pytest.raises(Exception, match=r"the session is over. Sign in again."):
        sessions.find(cookie)
    idle = sessions.cookie(sessions.start(BEN, "approver"))
    now[0] += 31
    with pytest.raises(Exception, match=r"the session is over."):
        sessions.find(idle)


def test_signing_out_ends_the_session_at_the_server(client: Any) -> None:
    cookie = client.http.cookies.get(client.console.settings.cookie)
    assert client.send("/sign-out").status_code == 303
    client.http.cookies.set(client.console.settings.cookie, cookie)
    assert client.get("/").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:9999", "localhost", "", "127.0.0.1"])
def test_a_name_of_somebody_elses_that_leads_here_is_refused(client: Any, host: str) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "which is not this console." in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:8420", "[::1]:8420"])
def test_every_name_of_loopback_is_this_console(client: Any, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


def test_health_is_told_to_anybody(consoles: Any) -> None:
    answer = consoles.stranger(consoles.make()).get("/healthz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


SENT = {"origin": "null", "sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:8420", "sec-fetch-site": "same-site"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    ],
)
def test_a_form_from_elsewhere_is_refused(client: Any, headers: dict[str, str]) -> None:
    answer = client.send("/sign-out", headers)
    assert answer.status_code == 403
    assert "the form was not sent by a page of this console." in answer.text
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("headers", [SENT, {"origin": "http://127.0.0.1:8420"}])
def test_a_form_of_this_console_is_taken(client: Any, headers: dict[str, str]) -> None:
    assert client.send("/sign-out", headers).status_code == 303


@pytest.mark.parametrize("path", ["approve", "reject"])
def test_a_decision_without_the_sessions_token_is_refused(
    client: Any, consoles: Any, house: Any, group: str, path: str
) -> None:
    version = house.register(group)
    form = {"evidence": house.evidence(group, version), "comment": "x"}
    for token in ("", "x", consoles.client().csrf):
        answer = client.send(f"/models/{group}/{version}/local/{path}", csrf=token, **form)
        assert answer.status_code == 403
        assert "the form carries no token of this session" in answer.text
    answer = client.http.post(f"/models/{group}/{version}/local/{path}", data=form, headers=SENT)
    assert answer.status_code == 403
    assert house.approvals.history(group) == []


def test_a_viewer_looks_and_cannot_decide(consoles: Any, house: Any, group: str) -> None:
    version = house.register(group)
    house.approve(group, version)
    second = house.register(group, "better", champion=f"{group}/{version}")
    viewer = consoles.client(role="viewer")
    page = viewer.get(f"/models/{group}/{second}/local")
    assert page.status_code == 200
    assert "You are a viewer: decisions are for approvers." in page.text
    assert "<button" in page.text.partition("<main")[0]
    assert "<button" not in page.text.partition("<main")[2]
    entry = str(house.approvals.history(group)[-1].sequence)
    for path, form in (
        (f"/models/{group}/{second}/local/approve", {"evidence": house.evidence(group, second)}),
        (f"/models/{group}/{second}/local/reject", {"comment": "no"}),
        (f"/live/{group}/local/rollback", {"entry": entry, "comment": "no"}),
    ):
        answer = viewer.send(path, **form)
        assert answer.status_code == 403
        assert "your role is viewer; decisions are for approvers." in answer.text
    assert len(house.approvals.history(group)) == 1


def test_too_many_sign_ins_have_to_wait(consoles: Any) -> None:
    console = consoles.make(limits=True)
    stranger = consoles.stranger(console)
    codes = [stranger.get("/sign-in?token=guess").status_code for _ in range(11)]
    assert codes == [403] * 10 + [429]
    answer = stranger.get(f"/sign-in?token={console.sign_in.token}")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert "there were more than 10 sign-ins in 60 seconds." in answer.text


def test_a_limit_frees_one_try_after_the_other() -> None:
    now = [0.0]
    limit = RateLimit("tries", 2, 10, lambda: now[0])
    limit.take("a")
    now[0] = 5
    limit.take("a")
    with pytest.raises(Exception, match=r"Wait 5 seconds and try again."):
        limit.take("a")
    limit.take("b")
    now[0] = 10
    limit.take("a")


def test_a_body_that_is_too_long_is_refused(client: Any) -> None:
    answer = client.send("/sign-out", comment="x" * 70_000)
    assert answer.status_code == 413
    assert "the request has more than 64 KiB." in answer.text
    chunks = (b"x" * 10_000 for _ in range(10))
    answer = client.http.post("/sign-out", content=chunks, headers=SENT)
    assert answer.status_code == 413


def test_the_policy_stands_on_every_answer(client: Any) -> None:
    for path in ("/", "/nowhere", "/sign-in", "/static/console.css", "/healthz", "/live?at=x"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == PAGES, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
    assert "script" not in PAGES
    assert "unsafe" not in PAGES


def test_a_fault_is_told_without_its_inside(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise KeyError("a secret path")

    monkeypatch.setattr(type(client.console.approvals), "groups", lambda _: broken())
    answer = client.get("/")
    assert answer.status_code == 500
    assert "a fault in the console itself; nothing was decided by it." in answer.text
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"] == PAGES


def test_another_method_or_address_is_told_with_words(client: Any) -> None:
    answer = client.get("/sign-out")
    assert answer.status_code == 405
    assert "this address takes forms only." in answer.text
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "there is no page of this address." in answer.text
    for path in ("/docs", "/openapi.json", "/static/../console.py", "/static/%2e%2e/console.py"):
        assert client.get(path).status_code == 404
