"""What rests encrypted is readable with the key alone."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.encryption import NoKey, WrongKey, decrypt, encrypt, has_key

SECRET = "https://oapi.dingtalk.com/robot/send?access_token=1f2e"


@pytest.fixture
def keyed(context):
    """Sets the key of the installation, or takes it away."""
    kept = context.config["SETTINGS"]

    def set_key(key, **more):
        context.config["SETTINGS"] = replace(kept, encryption_key=key, **more)

    set_key("the installation's own long text")
    yield set_key
    context.config["SETTINGS"] = kept


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_text_comes_back_as_it_was(keyed, text):
    assert decrypt(encrypt(text)) == text


def test_what_rests_shows_nothing_and_is_never_the_same_twice(keyed):
    first, second = encrypt(SECRET), encrypt(SECRET)
    assert first != second
    assert "dingtalk" not in first and "1f2e" not in first


def test_another_key_reads_nothing(keyed):
    kept = encrypt(SECRET)
    keyed("another long text")
    with pytest.raises(WrongKey):
        decrypt(kept)
    keyed("the installation's own long text")
    assert decrypt(kept) == SECRET


@pytest.mark.parametrize("broken", ["", "x", "不是密文", SECRET])
def test_what_is_broken_is_said_like_another_key(keyed, broken):
    with pytest.raises(WrongKey):
        decrypt(broken)


def test_a_single_changed_sign_is_noticed(keyed):
    kept = encrypt(SECRET)
    changed = kept[:20] + ("A" if kept[20] != "A" else "B") + kept[21:]
    with pytest.raises(WrongKey):
        decrypt(changed)


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_nothing_is_kept(keyed, key):
    keyed(key)
    assert not has_key()
    with pytest.raises(NoKey) as refused:
        encrypt(SECRET)
    assert "YINGBIN_ENCRYPTION_KEY" in str(refused.value)
    with pytest.raises(NoKey):
        decrypt("gAAAA")


def test_the_demo_has_a_key_of_its_own_and_an_installation_never_uses_its_sign_in_secret(keyed):
    keyed(None, is_demo=True, secret_key="kept beside the demo")
    assert has_key() and decrypt(encrypt(SECRET)) == SECRET
    keyed(None, is_demo=False, secret_key="kept beside the demo")
    assert not has_key()
