"""A real HTTP server on a free port of this machine that stands in for the vendors of group robots.

It checks what they check and answers as they do: HTTP 200 whatever happens, the code in the body.
Signatures are computed here anew, so that a client's mistake is not shared.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.comms.channels.robots import RobotAddress
from app.comms.models import Vendor
from tests.conftest import NOW

PATHS = {
    Vendor.dingtalk: "/robot/send", Vendor.wecom: "/cgi-bin/webhook/send",
    Vendor.feishu: "/open-apis/bot/v2/hook/",
}  # fmt: skip
CLOCK_MAY_BE_WRONG = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SHUT_OUT = timedelta(minutes=10)
PER_MINUTE = {Vendor.dingtalk: 20, Vendor.wecom: 20, Vendor.feishu: 100}
FEISHU_PER_SECOND = 5
ADDRESSES = {
    vendor: RobotAddress(vendor, url, secret, keyword)
    for vendor, url, secret, keyword in (
        (Vendor.dingtalk, "https://oapi.dingtalk.com/robot/send?access_token=" + "4f" * 32,
         "SEC" + "a1" * 32, "迎宾"),
        (Vendor.wecom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
         "?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "", ""),
        (Vendor.feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/"
         "5dcb2cd8-1fcd-4a70-b6e4-2a8a8e1f7d3c", "bRk6Xwcnq9Zo0a", "迎宾"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Accepted:
    """A post that went to its group. `text` is what its readers see, `body` what was sent."""

    vendor: Vendor
    title: str
    text: str
    body: dict[str, Any]
    at: datetime


class Answer(Exception):
    """The vendor's code and words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass
class RobotServer:
    """What was accepted, and how the server behaves.

    `now` tells it the instant; `robots` are the groups that exist. Each request takes the next of
    `troubles`: 429, 500, redirect, garbage, close (nothing is accepted, the line breaks), hang (no
    answer before `release`), lost (accepted, but the answer never arrives); else any text is a
    body to answer with, and "" no trouble.
    """

    url: str = ""
    accepted: list[Accepted] = field(default_factory=list)
    now: Callable[[], datetime] = lambda: NOW
    robots: dict[Vendor, RobotAddress] = field(default_factory=lambda: dict(ADDRESSES))
    troubles: Iterator[str] = iter(())
    retry_after: str = ""
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    _posts: dict[Vendor, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    _shut_until: dict[Vendor, datetime] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _released: threading.Event = field(default_factory=threading.Event)

    def address_of(self, vendor: Vendor) -> RobotAddress:
        """The address of the vendor's robot, as its group shows it."""
        return self.robots[vendor]

    def change(self, vendor: Vendor, **values: Any) -> None:
        """Change what the robot is set to; nobody is told."""
        self.robots[vendor] = replace(self.robots[vendor], **values)

    def release(self) -> None:
        """Let hanging requests go, unanswered."""
        self._released.set()

    def next_trouble(self) -> str:
        with self._lock:
            return next(self.troubles, "")

    def take(self, vendor: Vendor, path: str, kind: str, raw: bytes) -> dict[str, Any]:
        """Judge a post and keep it; the answer in the vendor's own words."""
        try:
            with self._lock:
                self._keep(vendor, path, kind, raw)
        except Answer as answer:
            return _answer_of(vendor, answer.code, answer.words)
        return _answer_of(vendor, 0, "success" if vendor is Vendor.feishu else "ok")

    def _keep(self, vendor: Vendor, path: str, kind: str, raw: bytes) -> None:
        robot, parts = self.robots[vendor], urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        wanted = urlsplit(robot.url)
        token = parse_qs(wanted.query) or wanted.path
        given = {n: [v] for n, v in query.items() if n in ("access_token", "key")} or parts.path
        if given != token:
            raise {
                Vendor.dingtalk: Answer(300005, "token is not exist"),
                Vendor.wecom: Answer(93000, "invalid webhook url"),
                Vendor.feishu: Answer(19001, "param invalid: webhook access token invalid"),
            }[vendor]  # fmt: skip
        self._count(vendor)
        if kind.split(";")[0] != "application/json":
            raise Answer(43004, "无效的HTTP HEADER Content-Type")
        body = json.loads(raw)
        judge = {
            Vendor.dingtalk: _dingtalk, Vendor.wecom: _wecom, Vendor.feishu: _feishu,
        }[vendor]  # fmt: skip
        title, text = judge(robot, query, body, raw, self.now())
        self.accepted.append(Accepted(vendor, title, text, body, self.now()))

    def _count(self, vendor: Vendor) -> None:
        """Too many in the last minute: refused, and DingTalk lets nothing in for ten minutes."""
        now, posts = self.now(), self._posts[vendor]
        if now < self._shut_until.get(vendor, now):
            raise Answer(130101, "send too fast, exceed 20 times per minute")
        posts[:] = [at for at in posts if now - at < MINUTE]
        posts.append(now)
        within_second = [at for at in posts if now - at < timedelta(seconds=1)]
        is_burst = vendor is Vendor.feishu and len(within_second) > FEISHU_PER_SECOND
        if len(posts) <= PER_MINUTE[vendor] and not is_burst:
            return
        if vendor is Vendor.dingtalk:
            self._shut_until[vendor] = now + SHUT_OUT
            raise Answer(130101, "send too fast, exceed 20 times per minute")
        if vendor is Vendor.wecom:
            raise Answer(45009, "api freq out of limit")
        raise Answer(11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]")


def _dingtalk(
    robot: RobotAddress, query: dict[str, str], body: Any, raw: bytes, now: datetime
) -> tuple[str, str]:
    if robot.secret:
        if not _is_near(query.get("timestamp", ""), 1000, now):
            raise Answer(310000, "invalid timestamp")
        signed = f"{query['timestamp']}\n{robot.secret}"
        if query.get("sign") != _hmac(robot.secret, signed):
            raise Answer(310000, "sign not match")
    if body.get("msgtype") != "markdown":
        raise Answer(400105, "unsupported msgtype")
    title, text = body["markdown"].get("title"), body["markdown"].get("text")
    if not title or not text:
        raise Answer(40035, "缺少参数 title or text")
    if robot.keyword and robot.keyword not in text:
        raise Answer(310000, "keywords not in content")
    if len(raw) > 20_000:
        raise Answer(460101, "message too long, exceed 20000 bytes")
    return title, text


def _wecom(
    robot: RobotAddress, query: dict[str, str], body: Any, raw: bytes, now: datetime
) -> tuple[str, str]:
    if body.get("msgtype") != "markdown" or not body["markdown"].get("content"):
        raise Answer(40008, "invalid message type")
    content = body["markdown"]["content"]
    if len(content.encode()) > 4096:
        raise Answer(40058, "markdown.content exceed max length 4096. invalid Request Parameter")
    return content.split("\n")[0].strip("*"), content


def _feishu(
    robot: RobotAddress, query: dict[str, str], body: Any, raw: bytes, now: datetime
) -> tuple[str, str]:
    if len(raw) > 20_000:
        raise Answer(9499, "Bad Request")
    if robot.secret:
        signed = f"{body.get('timestamp', '')}\n{robot.secret}"
        is_near = _is_near(body.get("timestamp", ""), 1, now)
        if not is_near or body.get("sign") != _hmac(signed, ""):
            words = "sign match fail or timestamp is not within one hour from current time"
            raise Answer(19021, words)
    if body.get("msg_type") != "post":
        raise Answer(19002, "param invalid: msg_type")
    try:
        post = body["content"]["post"]["zh_cn"]
        lines = ["".join(part["text"] for part in line) for line in post["content"]]
    except (KeyError, TypeError):
        raise Answer(9499, "Bad Request") from None
    if robot.keyword and not any(robot.keyword in line for line in lines):
        raise Answer(19024, "Key Words Not Found")
    return post["title"], "\n".join(lines)


def _is_near(stamp: str, per_second: int, now: datetime) -> bool:
    if not stamp.isdigit():
        return False
    return abs(int(stamp) / per_second - now.timestamp()) <= CLOCK_MAY_BE_WRONG.total_seconds()


def _hmac(key: str, message: str) -> str:
    digest = hmac.new(key.encode(), message.encode(), digestmod=hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _answer_of(vendor: Vendor, code: int, words: str) -> dict[str, Any]:
    if vendor is Vendor.feishu:
        return {"code": code, "msg": words, "data": {}}
    return {"errcode": code, "errmsg": words}


class _Handler(BaseHTTPRequestHandler):
    robots: RobotServer

    def do_POST(self) -> None:  # noqa: N802
        robots = self.robots
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        robots.requests.append(self.path)
        robots.headers.append(dict(self.headers))
        trouble = robots.next_trouble()
        if trouble == "hang":
            robots._released.wait()
        if trouble in ("hang", "close"):
            self.close_connection = True
            return
        if trouble == "429":
            more = {"Retry-After": robots.retry_after} if robots.retry_after else {}
            self._say(429, b"slow down", more)
        elif trouble == "500":
            self._say(500, b"oops")
        elif trouble == "redirect":
            self._say(302, b"", {"Location": f"{robots.url}/elsewhere"})
        elif trouble == "garbage":
            self._say(200, b"<html>sign in to the network</html>")
        elif trouble and trouble != "lost":
            self._say(200, trouble.encode())
        else:
            vendor = next((v for v, start in PATHS.items() if self.path.startswith(start)), None)
            if vendor is None:
                self._say(404, b"not here")
                return
            answer = robots.take(vendor, self.path, self.headers.get("Content-Type", ""), raw)
            if trouble != "lost":
                self._say(200, json.dumps(answer).encode())

    def do_GET(self) -> None:  # noqa: N802
        self.robots.requests.append(self.path)
        self._say(200, b'{"errcode":43002,"errmsg":"POST only"}')

    def _say(self, status: int, text: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(more or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        """Not a word."""


@contextmanager
def running_robots() -> Iterator[RobotServer]:
    """The server on a port of its own."""
    robots = RobotServer()
    handler = type("Handler", (_Handler,), {"robots": robots})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    robots.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield robots
    finally:
        robots.release()
        server.shutdown()
        server.server_close()
        thread.join()
