"""Posts to chat groups over real HTTP: signed, cut, harmless, and every answer understood."""

import json
import logging
import re
import socket
from datetime import timedelta
from itertools import repeat

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st

from app.comms.channels import NotSent, Post, Refused, TooFast, TryLater, Unreachable
from app.comms.channels.robots import (
    DIALECTS,
    RobotAddress,
    RobotChannel,
    check_address,
    masked,
)
from app.comms.channels.robots.dialect import encoded
from app.comms.channels.robots.markup import shortened_to, unlinked, unmarked
from app.comms.models import Vendor
from app.core.errors import DomainError
from app.core.i18n import in_language
from tests.comms.mail_server import free_port
from tests.comms.robot_server import ADDRESSES, running_robots
from tests.conftest import NOW

POST = Post(
    title="周报 2 份未交",
    lines=("任务 3 制作培训材料：林晓雨", "任务 4 系统上线：何俊"),
    link="http://localhost/plans/1/reports",
    link_label="打开周报",
)
VENDORS = list(Vendor)
SIGNING = [Vendor.dingtalk, Vendor.feishu]
HOUR = timedelta(hours=1)
PATIENCE = 0.3  # seconds that a test waits for a server that says nothing


@pytest.fixture
def robots():
    with running_robots() as server:
        yield server


def post(robots, vendor, message=POST, at=NOW, address=None, timeout=10):
    channel = RobotChannel(address or robots.address_of(vendor), robots.url, timeout)
    try:
        return channel.send(message, at)
    finally:
        channel.close()


def refusal(robots, vendor, **how):
    with pytest.raises(NotSent) as refused:
        post(robots, vendor, **how)
    return refused.value


# What arrives


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_post_arrives_with_title_lines_keyword_and_link(robots, vendor):
    assert post(robots, vendor).startswith("0 ")
    [accepted] = robots.accepted
    assert accepted.vendor is vendor and accepted.title == POST.title
    for words in (*POST.lines, POST.link_label, robots.address_of(vendor).keyword):
        assert words in accepted.text
    assert POST.link in json.dumps(accepted.body)


@pytest.mark.parametrize("vendor", SIGNING)
def test_the_signature_is_made_anew_for_each_post(robots, vendor):
    channel = RobotChannel(robots.address_of(vendor), robots.url)
    for at in (NOW, NOW + timedelta(hours=5), NOW + timedelta(days=400)):
        robots.now = lambda at=at: at
        channel.send(POST, at)
    channel.close()
    assert len(robots.accepted) == 3


@pytest.mark.parametrize("wrong_by", [HOUR + timedelta(seconds=2), -HOUR - timedelta(seconds=2)])
@pytest.mark.parametrize(("vendor", "code"), [(Vendor.dingtalk, 310000), (Vendor.feishu, 19021)])
def test_a_clock_that_is_wrong_by_more_than_an_hour_is_refused(robots, vendor, code, wrong_by):
    post(robots, vendor, at=NOW + wrong_by * 0.9)
    problem = refusal(robots, vendor, at=NOW + wrong_by)
    assert isinstance(problem, Refused) and problem.answer.startswith(f"{code} ")


def test_the_signature_of_dingtalk_is_encoded_once(robots):
    for minute in range(30):  # some signatures hold + and /
        at = NOW + timedelta(minutes=minute)
        robots.now = lambda at=at: at
        post(robots, Vendor.dingtalk, at=at)
    signs = [request.split("sign=")[1] for request in robots.requests]
    assert any("%2B" in sign for sign in signs) and any("%2F" in sign for sign in signs)
    assert not any("%25" in sign or "+" in sign for sign in signs)


def test_a_robot_without_a_secret_is_not_signed_for(robots):
    for vendor in SIGNING:
        robots.change(vendor, secret="")
        post(robots, vendor)
    dingtalk, feishu = robots.accepted
    assert "sign=" not in robots.requests[0] and "sign" not in feishu.body


@pytest.mark.parametrize("vendor", SIGNING)
def test_the_keyword_is_carried_even_by_a_post_of_other_words(robots, vendor):
    robots.change(vendor, keyword="YB-7")
    post(robots, vendor, message=Post("a", (), "http://localhost/", "b"))
    assert "YB-7" in robots.accepted[0].text


# What people wrote


WICKED = (
    "[点这里](https://evil.example/a)", "![x](http://evil.example/p.png)", "<@all> <@zhoumin>",
    '<at user_id="all">所有人</at>', "<font color='warning'>x</font>", "https://evil.example/b",
    "<https://evil.example>", "@所有人 @13800000000", "# 标题", "- 一\n# 二", "1. 一", "2) 二",
    "**粗** *斜*", "---", "`码` ~~删~~ _斜_", "&lt;@all&gt;", "反斜 \\", "[a]: http://evil.example",
)  # fmt: skip


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_people_wrote_makes_no_link_and_calls_nobody(robots, vendor):
    post(robots, vendor, message=Post(WICKED[0], WICKED, "http://localhost/t/1", WICKED[0]))
    [accepted] = robots.accepted
    sent = json.dumps(accepted.body, ensure_ascii=False)
    assert re.findall(r"\w+://[\w.]+", sent) == ["http://localhost"]
    assert "<" not in sent and "@" not in sent
    if vendor is Vendor.feishu:
        parts = [
            part for line in accepted.body["content"]["post"]["zh_cn"]["content"] for part in line
        ]
        assert [part["tag"] for part in parts if part["tag"] != "text"] == ["a"]
    else:
        own = accepted.text.replace("[", "", 1).replace("](", "", 1)
        assert "[" not in own and "]" not in own
        _heading, *lines = accepted.text.split("\n")
        for line in lines:
            begins = line.removeprefix("- " if vendor is Vendor.dingtalk else "")
            assert not re.match(r"[-#+=>`~]|\d+[.)] ", begins), line


def test_a_link_of_ours_stays_whole(robots):
    link = "http://localhost/plans/1?q=a(b)c&d=%20e"
    for vendor in VENDORS:
        post(robots, vendor, message=Post("t", (), link, "打开"))
    for accepted in robots.accepted:
        assert "http://localhost/plans/1?q=a%28b%29c&d=%20e" in json.dumps(accepted.body)


@given(st.text())
@example("&lt;@all&gt; &#60; _a_ __init__")
def test_no_text_keeps_a_sign_that_means_something(text):
    safe = unmarked(text)
    assert not set("<>@[]*`~|\\") & set(safe) and "://" not in safe
    assert not re.match(r"[#+=-]|\d+[.)]", safe)
    assert not re.search(r"(?<!\w)_|_(?!\w)|__|&#?\w+;", safe)
    assert unmarked(safe) == safe and unlinked(safe) == safe


@pytest.mark.parametrize(
    "text", ["任务 3：林晓雨，明天 17:00 到期", "2026-11-26 R&D 部 80% (35/44)", "plan_v2.xlsx"]
)
def test_plain_words_stay_as_they_were_written(text):
    assert unmarked(text) == text


# How long


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("sign", ["迎", '"', "a", "😀"])
def test_a_long_post_is_cut_at_a_line_and_ends_with_the_link(robots, vendor, sign):
    lines = tuple(f"{number}：{sign * 60}" for number in range(1000))
    post(robots, vendor, message=Post("t" * 5000, lines, POST.link, POST.link_label))
    [accepted] = robots.accepted
    kept = re.findall(rf"\d+：((?:{re.escape(sign)})+)", accepted.text)
    assert len(kept) > 5 and all(line == sign * 60 for line in kept)
    assert "…" in accepted.text and POST.link_label in accepted.text.split("\n")[-1]


@pytest.mark.parametrize("vendor", VENDORS)
def test_one_endless_line_is_cut_inside(robots, vendor):
    post(robots, vendor, message=Post("t", ("迎😀" * 9000,), POST.link, POST.link_label))
    [accepted] = robots.accepted
    assert accepted.text.count("迎") > 500 and "…" in accepted.text
    assert POST.link_label in accepted.text.split("\n")[-1]


WORDS = st.text('ab迎😀"\\\n<[', max_size=3000)


@given(
    st.sampled_from(VENDORS), WORDS, st.lists(WORDS, max_size=40), st.text("迎宾Yb", max_size=40)
)
def test_whatever_is_posted_keeps_to_the_size_the_keyword_and_the_link(
    vendor, title, lines, keyword
):
    dialect = DIALECTS[vendor]
    body = dialect.body(Post(title, tuple(lines), POST.link, "打开"), keyword, "s" * 64, NOW)
    size = (
        len(body["markdown"]["content"].encode()) if vendor is Vendor.wecom else len(encoded(body))
    )
    assert size <= {Vendor.wecom: 4096}.get(vendor, 20_000)
    sent = json.dumps(body, ensure_ascii=False)
    assert keyword in sent and POST.link in sent


@given(st.text(), st.integers(min_value=3, max_value=100))
def test_text_is_cut_by_bytes_and_never_inside_a_sign(text, most):
    text = text.encode(errors="ignore").decode()
    cut = shortened_to(text, most)
    assert len(cut.encode()) <= most
    assert cut == text or text.startswith(cut.removesuffix("…"))


# What the vendor answers


@pytest.mark.parametrize(
    ("vendor", "code", "pause"),
    [
        (Vendor.dingtalk, "130101", timedelta(minutes=10)),
        (Vendor.wecom, "45009", timedelta(minutes=1)),
        (Vendor.feishu, "11232", timedelta(minutes=1)),
    ],
)
def test_whoever_is_too_fast_is_told_how_long_to_pause(robots, vendor, code, pause):
    with pytest.raises(TooFast) as refused:
        for number in range(101):
            moment = NOW + timedelta(seconds=number / 4)  # four in a second
            robots.now = lambda moment=moment: moment
            post(robots, vendor, at=moment)
    assert refused.value.answer.startswith(f"{code} ") and refused.value.pause == pause
    assert len(robots.accepted) == (100 if vendor is Vendor.feishu else 20)


def test_feishu_takes_five_in_a_second(robots):
    for _number in range(5):
        post(robots, Vendor.feishu)
    assert isinstance(refusal(robots, Vendor.feishu), TooFast)


@pytest.mark.parametrize(
    ("vendor", "answer", "kind"),
    [
        (Vendor.dingtalk, {"errcode": 130101, "errmsg": "?"}, TooFast),
        (Vendor.wecom, {"errcode": 45009, "errmsg": "?"}, TooFast),
        (Vendor.feishu, {"code": 11232, "msg": "?"}, TooFast),
        (Vendor.feishu, {"code": 9499, "msg": "too many request"}, TooFast),
        (Vendor.feishu, {"code": 9499, "msg": "Bad Request"}, Refused),
        (Vendor.dingtalk, {"errcode": 410100, "errmsg": "发送速度太快而限流"}, TooFast),
        (Vendor.dingtalk, {"errcode": -1, "errmsg": "系统繁忙"}, TryLater),
        (Vendor.wecom, {"errcode": -1, "errmsg": "system error"}, TryLater),
        (Vendor.wecom, {"errcode": 40058, "errmsg": "invalid"}, Refused),
        (Vendor.wecom, {"errcode": True, "errmsg": "ok"}, TryLater),
        (Vendor.wecom, {"errcode": "0", "errmsg": "ok"}, TryLater),
        (Vendor.wecom, {"code": 0, "msg": "success"}, TryLater),
        (Vendor.dingtalk, {"status": 1111, "punish": "deny"}, TryLater),
        (Vendor.dingtalk, [0], TryLater),
        (Vendor.feishu, {"code": 0.0, "msg": "x"}, TryLater),
    ],
)
def test_every_code_is_understood(robots, vendor, answer, kind):
    robots.troubles = repeat(json.dumps(answer))
    assert type(refusal(robots, vendor)) is kind


@pytest.mark.parametrize(
    ("vendor", "changes", "answer"),
    [
        (Vendor.dingtalk, {"secret": "SECother"}, "310000 sign not match"),
        (Vendor.dingtalk, {"keyword": "别的"}, "310000 keywords not in content"),
        (Vendor.dingtalk, {"url": ADDRESSES[Vendor.dingtalk].url[:-8] + "00000000"},
         "300005 token is not exist"),
        (Vendor.wecom, {"url": ADDRESSES[Vendor.wecom].url + "0"}, "93000 invalid webhook url"),
        (Vendor.feishu, {"secret": "other"}, "19021 sign match fail"),
        (Vendor.feishu, {"keyword": "别的"}, "19024 Key Words Not Found"),
        (Vendor.feishu, {"url": ADDRESSES[Vendor.feishu].url + "0"}, "19001 param invalid"),
    ],
)  # fmt: skip
def test_what_is_set_wrongly_is_refused_for_good_with_code_and_words(
    robots, vendor, changes, answer
):
    ours = robots.address_of(vendor)
    robots.change(vendor, **changes)
    problem = refusal(robots, vendor, address=ours)
    assert isinstance(problem, Refused) and problem.answer.startswith(answer)
    assert robots.accepted == []


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ("500", TryLater), ("garbage", TryLater), ("close", TryLater), ("hang", TryLater),
        ("lost", TryLater), ("redirect", Refused), ('{"errcode":0' + " " * 100_000 + "}", TryLater),
    ],
)  # fmt: skip
def test_a_server_that_fails_is_tried_later_and_a_redirect_is_not_followed(robots, trouble, kind):
    robots.troubles = iter([trouble])
    problem = refusal(robots, Vendor.dingtalk, timeout=PATIENCE)
    assert type(problem) is kind
    assert len(robots.requests) == 1
    assert len(robots.accepted) == (1 if trouble == "lost" else 0)
    robots.release()
    post(robots, Vendor.dingtalk)


@pytest.mark.parametrize(
    ("given", "pause"),
    [("", 60), ("7", 7), ("3600", 3600), ("3601", 60), ("0", 60), ("-5", 60), ("soon", 60),
     ("²", 60), ("9" * 400, 60)],
)  # fmt: skip
def test_http_429_says_how_long_to_pause_unless_it_is_absurd(robots, given, pause):
    robots.troubles, robots.retry_after = repeat("429"), given
    problem = refusal(robots, Vendor.wecom)
    assert isinstance(problem, TooFast) and problem.pause == timedelta(seconds=pause)


def test_a_server_that_is_not_there_is_out_of_reach():
    address = ADDRESSES[Vendor.dingtalk]
    channel = RobotChannel(address, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unreachable):
        channel.send(POST, NOW)
    channel.close()


def test_a_server_that_is_not_the_vendors_is_out_of_reach(robots, monkeypatch):
    """Through a company's proxy, which the environment names; what answers there has no
    certificate of the vendor's."""
    with socket.create_server(("127.0.0.1", 0)) as dead:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{dead.getsockname()[1]}")
        dead.close()
        channel = RobotChannel(ADDRESSES[Vendor.dingtalk])
        with pytest.raises(Unreachable) as refused:
            channel.send(POST, NOW)
        channel.close()
    assert refused.value.answer == "oapi.dingtalk.com: ProxyError"


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(robots, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert post(robots, Vendor.wecom) == "0 ok"


def test_each_post_has_a_line_of_its_own(robots):
    post(robots, Vendor.wecom)
    assert robots.headers[0]["Connection"] == "close"


def test_what_the_machine_knows_of_other_servers_stays_here(tmp_path, monkeypatch):
    known = tmp_path / "netrc"
    known.write_text("default login somebody password theirs\n")
    monkeypatch.setenv("NETRC", str(known))
    channel = RobotChannel(ADDRESSES[Vendor.dingtalk])
    request = requests.Request("POST", ADDRESSES[Vendor.dingtalk].url)
    assert "Authorization" not in channel._session.prepare_request(request).headers
    channel.close()


# Addresses


GOOD = [address.url for address in ADDRESSES.values()]


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_addresses_that_the_vendors_give_out_are_good(vendor):
    url = ADDRESSES[vendor].url
    check_address(vendor, url)
    host = url.split("/")[2]
    check_address(vendor, url.replace(host, f"{host}:443"))


def test_lark_is_feishu_abroad():
    check_address(Vendor.feishu, GOOD[2].replace("feishu.cn", "larksuite.com"))


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("https:", "http:"),
        lambda url: url.replace("https://", "https://user:pass@"),
        lambda url: url.replace("https://", "https://127.0.0.1/"),
        lambda url: url.replace("https://", "https://evil.example/"),
        lambda url: url.replace(".com/", ".com.evil.example/").replace(".cn/", ".cn.evil.example/"),
        lambda url: url.replace(".com/", ".com:8443/").replace(".cn/", ".cn:8443/"),
        lambda url: url.replace(".com/", ".com@evil.example/").replace(".cn/", ".cn@e.example/"),
        lambda url: url.replace(".com/", ".com\\@evil.example/").replace(".cn/", ".cn\\@e.cn/"),
        lambda url: url.replace(".", "。", 1),
        lambda url: url + "&extra=1",
        lambda url: url + "#x",
        lambda url: url + "\n",
        lambda url: url + "/../../x",
        lambda url: url[:-30] if "hook/" not in url else url.rsplit("/", 1)[0] + "/",
        lambda url: "",
        lambda url: "ftp://x",
        lambda url: "9" * 5000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("vendor", VENDORS)
def test_everything_else_is_none_and_nothing_is_sent_there(robots, vendor, change):
    url = change(ADDRESSES[vendor].url)
    if vendor is Vendor.dingtalk and url == ADDRESSES[vendor].url[:-30]:
        url = url.split("=")[0] + "=short"
    if vendor is Vendor.wecom and url == ADDRESSES[vendor].url[:-30]:
        url = url.split("=")[0] + "="
    with pytest.raises(DomainError) as refused:
        check_address(vendor, url)
    assert refused.value.field == "address"
    problem = refusal(robots, vendor, address=RobotAddress(vendor, url))
    assert isinstance(problem, Refused) and robots.requests == []


def test_the_address_of_another_vendor_is_recognised(context):
    with in_language("en"), pytest.raises(DomainError) as refused:
        check_address(Vendor.wecom, ADDRESSES[Vendor.feishu].url)
    with in_language("en"):
        said = str(refused.value)
    assert said == "This is the address of a Feishu robot, not of a WeCom one."


@pytest.mark.parametrize(
    "base", ["http://10.0.0.1:80", "http://evil.example", "https://127.0.0.1", "http://localhost:1",
             "file:///etc", "http://127.0.0.1@evil.example"],
)  # fmt: skip
def test_only_this_machine_stands_in_for_a_vendor(base):
    with pytest.raises(ValueError):
        RobotChannel(ADDRESSES[Vendor.wecom], base)


# What nobody sees


def secrets_of(vendor):
    address = ADDRESSES[vendor]
    token = re.split("[=/]", address.url)[-1]
    return [text for text in (token, address.secret) if text]


@pytest.mark.parametrize("vendor", VENDORS)
def test_of_an_address_only_host_and_last_signs_are_shown(vendor):
    [token, *_more] = secrets_of(vendor)
    shown = masked(ADDRESSES[vendor].url)
    assert shown.endswith("…" + token[-4:]) and token[-5:] not in shown
    assert masked("https://evil.example/token") == "…"
    assert token not in repr(ADDRESSES[vendor])


@pytest.mark.parametrize("trouble", ["", "hang", "close", "garbage", "500", "echo", "gone"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_address_and_secret_are_in_no_error_answer_or_log(robots, vendor, trouble, caplog):
    caplog.set_level(logging.DEBUG)
    url, hidden = robots.url, secrets_of(vendor)
    if trouble == "gone":
        url = f"http://127.0.0.1:{free_port()}"
    if trouble == "echo":
        said = f"no robot {' '.join(hidden)}"
        robots.troubles = repeat(json.dumps(
            {"errcode": 7, "errmsg": said, "code": 7, "msg": said}
        ))  # fmt: skip
    elif trouble:
        robots.troubles = repeat(trouble)
    channel, chain = RobotChannel(robots.address_of(vendor), url, PATIENCE), []
    try:
        said = channel.send(POST, NOW)
    except NotSent as problem:
        said = problem.answer
        error = problem
        while error is not None:
            chain.append(repr(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    finally:
        channel.close()
    for text in (said, *chain, caplog.text, repr(channel.address)):
        assert not any(secret in text for secret in hidden), text
