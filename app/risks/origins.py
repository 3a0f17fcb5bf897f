"""What an action item may have come from here: a risk."""

from flask_babel import gettext as _

from app.core.db import db
from app.core.formats import words
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.registries import Origin
from app.risks.models import Risk


def risk_origin(viewer: Viewer, risk_id: int) -> Origin | None:
    """The risk, if the viewer reads the register."""
    risk = db.session.get(Risk, risk_id)
    if risk is None or risk.plan_id != viewer.plan_id:
        return None
    if sight(viewer, "risk", "register") is Sight.none:
        return None
    title = _("Risk %(number)s: %(title)s", number=risk.number, title=words(risk.title))
    return Origin(title, f"/risks/{risk.id}")
