"""Sign-in by OpenID Connect against a provider that speaks HTTP."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from serving.console.settings import Provider
from serving.console.sign_in.openid import OpenIdSignIn

CLIENT, SECRET = "penstock-console", "s3cret-of-the-client"


@dataclass
class FakeProvider:
    """It signs whoever asks in, as `claims` says, and can be told to do what it must not."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = None
    unsigned: bool = False
    answer: dict[str, str] = field(default_factory=dict)
    issuer: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: list[Any] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def reset(self) -> None:
        self.claims, self.header, self.answer, self.issuer = {}, {}, {}, ""
        self.unsigned = False
        self.keys = [RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)}, private=True)]
        self.key = self.keys[0]

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer or self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks",
        }

    def jwks(self) -> dict[str, Any]:
        return dict(KeySet(self.keys).as_dict(private=False))

    def authorize(self, query: dict[str, str]) -> str:
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_hex(8)
        self.codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.address} | self.answer
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form["code"], None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or authorization != f"Basic {basic}"
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.address,
            "sub": "7f3a",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": "ada",
            "groups": ["ml-approvers"],
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid} | self.header
        token = jwt.encode(header, claims, self.key)
        if self.unsigned:
            plain = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
            token = f"{plain}.{token.split('.')[1]}."
        return 200, {
            "id_token": token,
            "access_token": "a",
            "token_type": "Bearer",
        }


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    found = FakeProvider()
    found.reset()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            found.calls.append(parts.path)
            if parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("location", found.authorize(query))
                self.end_headers()
            elif parts.path == "/jwks":
                self.say(200, found.jwks())
            else:
                self.say(200, found.discovery())

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            form = {n: v[0] for n, v in parse_qs(self.rfile.read(length).decode()).items()}
            self.say(*found.token(form, self.headers.get("authorization", "")))

        def say(self, status: int, document: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def console(provider: FakeProvider, house: Any, listens: Callable[..., Any]) -> Any:
    """A console that this provider guards, at a port."""
    provider.reset()

    def sign_in(settings: Any) -> OpenIdSignIn:
        return OpenIdSignIn(settings.provider, f"{settings.address}/sign-in/answer")

    known = Provider(
        provider.address,
        CLIENT,
        SECRET,
        "groups",
        frozenset({"ml-approvers"}),
        frozenset({"ml-viewers"}),
    )
    return listens(sign_in, provider=known)


@pytest.fixture
def browser_like(console: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=console.address, follow_redirects=True, timeout=10) as found:
        yield found


def sign_in(client: httpx.Client, page: str = "/live") -> httpx.Response:
    return client.get("/sign-in/start", params={"page": page})


def test_an_approver_comes_in_by_their_name_and_lands_on_their_page(
    browser_like: httpx.Client, console: Any, provider: FakeProvider
) -> None:
    answer = sign_in(browser_like)
    assert (answer.status_code, answer.url.path) == (200, "/live")
    assert "<bdi>ada</bdi>" in answer.text
    assert '<span class="soft">approver</span>' in answer.text
    cookie = browser_like.cookies[console.console.settings.cookie]
    person = console.console.sessions.find(cookie).person
    assert (person.name, person.shown, person.method) == (f"{provider.address}|7f3a", "ada", "oidc")
    assert f"{console.console.settings.cookie}-attempt" not in browser_like.cookies
    first = answer.history[0].headers["set-cookie"]
    assert "HttpOnly" in first
    assert "SameSite=lax" in first


def test_a_viewer_comes_in_and_cannot_approve(
    browser_like: httpx.Client, console: Any, provider: FakeProvider, house: Any, group: str
) -> None:
    provider.claims = {"groups": ["ml-viewers"]}
    assert '<span class="soft">viewer</span>' in sign_in(browser_like).text
    version = house.register(group)
    csrf = console.console.sessions.find(browser_like.cookies[console.console.settings.cookie]).csrf
    answer = browser_like.post(
        f"/models/{group}/{version}/local/approve",
        data={"csrf": csrf, "evidence": house.evidence(group, version)},
        headers={"origin": console.address},
    )
    assert answer.status_code == 403
    assert "your role is viewer; decisions are for approvers. Nothing was decided." in answer.text
    assert house.live(group) == 0


def test_the_greater_role_counts_and_claims_may_lie_deep(
    browser_like: httpx.Client, console: Any, provider: FakeProvider
) -> None:
    provider.claims = {"groups": ["ml-viewers", "ml-approvers", 7]}
    assert '<span class="soft">approver</span>' in sign_in(browser_like).text


OTHER_KEY = RSAKey.generate_key(2048, private=True)


@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ({"aud": "another-app"}, "it is for &#39;another-app&#39;, not for"),
        ({"aud": ["another-app"]}, "it is for [&#39;another-app&#39;], not for"),
        ({"aud": [CLIENT, "another-app"]}, "a claim does not hold"),
        ({"aud": [CLIENT, "another-app"], "azp": "another-app"}, "a claim does not hold"),
        ({"aud": None}, "it is for None, not for"),
        ({"iss": "https://evil.example"}, "it was issued by &#39;https://evil.example&#39;"),
        ({"nonce": "another"}, "a claim does not hold"),
        ({"nonce": None}, "a claim does not hold"),
        ({"exp": int(time.time()) - 3_600}, "it has expired."),
        ({"exp": None}, "a claim does not hold"),
        ({"iat": int(time.time()) + 3_600}, "a claim does not hold"),
        ({"sub": ""}, "a claim does not hold"),
        ({"groups": ["others"]}, "names no role of this console."),
        ({"groups": None}, "names no role of this console."),
    ],
)
def test_a_token_that_does_not_hold_is_refused_with_its_rule(
    browser_like: httpx.Client, provider: FakeProvider, claims: dict[str, Any], what: str
) -> None:
    provider.claims = claims
    answer = sign_in(browser_like)
    assert answer.status_code == 403
    assert what in answer.text
    assert browser_like.get("/live").url.path == "/sign-in"


def test_a_small_difference_of_clocks_is_borne(
    browser_like: httpx.Client, provider: FakeProvider
) -> None:
    now = int(time.time())
    provider.claims = {"iat": now + 40, "exp": now - 40}
    assert sign_in(browser_like).status_code == 200


def test_a_token_by_another_key_or_none_is_refused(
    browser_like: httpx.Client, provider: FakeProvider
) -> None:
    provider.key, provider.header = OTHER_KEY, {"kid": provider.key.kid}
    assert "its signature is not that of a key of the provider." in sign_in(browser_like).text
    provider.key = OctKey.generate_key(256)
    provider.header = {"alg": "HS256", "kid": provider.keys[0].kid}
    answer = sign_in(browser_like)
    assert answer.status_code == 403
    assert "it cannot be read" in answer.text
    provider.key, provider.header, provider.unsigned = provider.keys[0], {}, True
    answer = sign_in(browser_like)
    assert answer.status_code == 403
    assert "it cannot be read" in answer.text


def test_new_keys_of_the_provider_are_fetched(
    browser_like: httpx.Client, console: Any, provider: FakeProvider
) -> None:
    now = [0.0]
    console.console.sign_in._discovery._clock = lambda: now[0]
    assert sign_in(browser_like).status_code == 200
    provider.keys = [RSAKey.generate_key(2048, {"kid": "new"}, private=True)]
    provider.key = provider.keys[0]
    now[0] = 60.0
    assert sign_in(browser_like).status_code == 200


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(
    browser_like: httpx.Client, console: Any, provider: FakeProvider
) -> None:
    """Somebody sends a link that would sign the victim in as themselves."""
    with httpx.Client(base_url=console.address) as attacker:
        start = attacker.get("/sign-in/start")
        answer = httpx.get(start.headers["location"])
    link = answer.headers["location"]
    refused = browser_like.get(link)
    assert refused.status_code == 403
    assert "this browser began no such sign-in, or it took too long." in refused.text
    for query in ("", "?state=&code=x", "?state=x&code=x"):
        assert browser_like.get(f"/sign-in/answer{query}").status_code == 403


def test_an_answer_counts_once(browser_like: httpx.Client, provider: FakeProvider) -> None:
    link = str(sign_in(browser_like).history[1].headers["location"])
    assert browser_like.get(link).status_code == 403


def test_an_answer_of_another_provider_is_refused(
    browser_like: httpx.Client, provider: FakeProvider
) -> None:
    provider.answer = {"iss": "https://evil.example"}
    assert "the answer comes from another identity provider." in sign_in(browser_like).text


def test_a_refusal_of_the_provider_is_told_as_text(
    browser_like: httpx.Client, provider: FakeProvider
) -> None:
    provider.answer = {"error": "access_denied", "error_description": "<b>no</b>"}
    answer = sign_in(browser_like)
    assert answer.status_code == 403
    assert "the identity provider refused: &lt;b&gt;no&lt;/b&gt;." in answer.text


def test_a_provider_that_calls_itself_otherwise_is_not_trusted(
    browser_like: httpx.Client, provider: FakeProvider
) -> None:
    provider.issuer = "https://evil.example"
    answer = sign_in(browser_like)
    assert answer.status_code == 503
    assert "the provider calls itself &#39;https://evil.example&#39;, not" in answer.text


def test_a_provider_that_is_gone_is_told(house: Any, listens: Callable[..., Any]) -> None:
    gone = Provider("http://127.0.0.1:9", CLIENT, SECRET, "groups", frozenset({"a"}), frozenset())
    console = listens(lambda settings: OpenIdSignIn(gone, ""), provider=gone)
    answer = httpx.get(f"{console.address}/sign-in/start", timeout=20)
    assert answer.status_code == 503
    assert "the identity provider does not answer" in answer.text


def test_the_token_of_a_local_console_says_nothing_here(browser_like: httpx.Client) -> None:
    page = browser_like.get("/sign-in?token=anything")
    assert page.status_code == 200
    assert "Sign in with 127.0.0.1" in page.text
    answer = browser_like.post("/sign-in", data={"token": "x"}, headers={"origin": "http://x"})
    assert answer.status_code == 403


@pytest.mark.slow
def test_a_browser_signs_in_by_the_provider(
    console: Any, provider: FakeProvider, window: Callable[..., Any]
) -> None:
    page = window("light", java_script_enabled=False)
    page.goto(f"{console.address}/history")
    page.get_by_role("link", name="Sign in with").click()
    page.wait_for_url(f"{console.address}/history")
    assert page.get_by_role("heading", level=1).inner_text() == "History"
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in"
