"""What a vendor's answer means and what to do about it, in words.

The codes are the vendors' own (see their files under `channels/robots`).
"""

from typing import Any

from flask_babel import lazy_gettext as _l

from app.comms.channels import NotSent, TooFast, TryLater, Unreachable
from app.comms.models import Vendor

NO_SUCH_ROBOT = _l("No robot has this address. Copy it again from the group’s settings; the robot "
                   "may have been removed there.")  # fmt: skip
ADVICE: dict[Vendor, dict[int, Any]] = {
    Vendor.dingtalk: {
        310000: _l("What is entered here and the security settings of the robot in DingTalk do not "
                   "agree: compare the secret, the keyword and the addresses that it allows, and "
                   "see whether this server’s clock is right."),
        300001: NO_SUCH_ROBOT,
        300005: NO_SUCH_ROBOT,
        400101: NO_SUCH_ROBOT,
        400106: NO_SUCH_ROBOT,
        400102: _l("The robot is stopped. Start it again in the group’s settings."),
    },
    Vendor.wecom: {
        93000: NO_SUCH_ROBOT,
    },
    Vendor.feishu: {
        19001: NO_SUCH_ROBOT,
        19021: _l("The secret is not the one of the robot’s signature in Feishu, or this server’s "
                  "clock is more than an hour wrong."),
        19022: _l("The robot takes posts from certain addresses only. Add this server’s address to "
                  "its security settings in Feishu."),
        19024: _l("The keyword is not one of those in the robot’s security settings in Feishu."),
    },
}  # fmt: skip
REDIRECTED = _l("Something between this server and the vendor answers in its place, such as the "
                "sign-in page of a network.")  # fmt: skip
UNKNOWN = _l("The vendor’s list of error codes says what this means.")
TOO_FAST = _l("There were too many posts. Nothing goes to this group for some minutes, then it "
              "goes on by itself.")  # fmt: skip
LATER = _l("Nothing is wrong with what is entered here. Try again in some minutes.")


def advice(vendor: Vendor, problem: NotSent) -> Any:
    """What to do about a post that was not taken."""
    if isinstance(problem, TooFast):
        return TOO_FAST
    if isinstance(problem, Unreachable):
        return _not_reached(problem)
    return LATER if isinstance(problem, TryLater) else about_refusal(vendor, problem.answer)


def _not_reached(problem: Unreachable) -> Any:
    """Of the answer, the server's name and the name of what failed, people need the first."""
    host, _colon, reason = problem.answer.partition(": ")
    if reason == "NameResolutionError":
        return _l("The test could not be sent: %(host)s was not found. A firewall may be in the "
                  "way, or a proxy may have to be set (HTTPS_PROXY).", host=host)  # fmt: skip
    return _l("The test could not be sent: %(host)s cannot be reached. A firewall may be in the "
              "way, or a proxy may have to be set (HTTPS_PROXY).", host=host)  # fmt: skip


def about_refusal(vendor: Vendor, answer: str) -> Any:
    """What to do about an answer that refuses for good; it begins with the vendor's code."""
    if answer.startswith("HTTP 3"):
        return REDIRECTED
    code = answer.split(" ", 1)[0]
    return ADVICE[vendor].get(int(code), UNKNOWN) if code.isdecimal() else UNKNOWN
