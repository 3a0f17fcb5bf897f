"""Texts that are made when they are shown."""

from flask import render_template_string
from flask_babel import lazy_gettext as _l


def test_a_lazy_text_brings_no_markup_into_a_page(app):
    text = _l("“%(text)s” is not one of the list.", text="<img src=x>")
    with app.test_request_context():
        page = render_template_string("{{ text }} {{ '%s'|e|format(text) }}", text=text)
    assert "<img" not in page and page.count("&lt;img src=x&gt;") == 2
