"""Many tries at the same moment are counted one after the other."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from app.accounts import throttle
from app.core.db import db
from tests.conftest import NOW


def test_tries_at_once_do_not_slip_through_together(app: Flask) -> None:
    def one(_number: int) -> bool:
        with app.app_context():
            try:
                throttle.spend(throttle.keys_of("sign-in", "a@example.com", "10.0.0.1"), NOW)
            except throttle.TooManyTries:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(8) as pool:
        let_in = list(pool.map(one, range(24)))
    assert sum(let_in) == throttle.LIMIT
