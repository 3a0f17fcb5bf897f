"""What the document is written from: the plan's state, its words, its signatures.

The state is the one that home pages and packs read; only what no state holds is read beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _

from app.accounts.models import Department
from app.comms.comms_plan import rows_of
from app.comms.models import CommsRow
from app.core.db import db
from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.reading import one_reading
from app.core.snapshots import canonical, sha256_of
from app.plans import queries, signoff
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanText
from app.plans.parts import plan_departments
from app.plans.workcalendar import WorkCalendar
from app.status.look.choosing import current_look, logo_of
from app.status.state import PlanState, names_of_departments, names_of_people, plan_state
from app.tasks.scheduling import plan_rows


@dataclass(frozen=True)
class DocumentFacts:
    """A plan at one instant in the eyes of `viewer`.

    wording: the SHA-256 of the document as a signature covers it; equal ones are equal wordings.
    details: what a task's owner has to know, by the task's id. logo, colour: how the company's
    documents look; a colour that is empty is ours.
    """

    plan: Plan
    state: PlanState
    viewer: Viewer
    eyes: str
    texts: Mapping[str, Sequence[PlanText]]
    chain: Sequence[signoff.Signature]
    notice: str | None
    wording: str
    details: Mapping[int, str]
    comms_plan: Sequence[CommsRow]
    heads: Sequence[Department]
    people: Mapping[int, str]
    departments: Mapping[int, LocalText]
    calendar: WorkCalendar
    logo: bytes | None
    colour: str

    def person(self, person_id: int | None) -> str:
        """The name, or that nobody is there."""
        return (self.people.get(person_id) if person_id else None) or _("nobody yet")

    def department(self, department_id: int | None) -> LocalText | str:
        """The department's name; a dash for none."""
        return self.departments.get(department_id, "–") if department_id else "–"

    def day(self, on: date | None) -> str:
        """A day in a table, with its year, for paper is read later; marked where it rests on a
        calendar that is not published yet."""
        if on is None:
            return "–"
        return f"{on.isoformat()} {_('(est.)')}" if self.calendar.is_estimated(on) else f"{on}"

    def light(self, kind: str, object_id: int) -> Light:
        """The light of a task or an indicator, as the plan's findings have it."""
        return next(
            (f.light for f in self.state.findings if (f.kind, f.object_id) == (kind, object_id)),
            Light.grey,
        )

    def sees(self, thing: str, field: str) -> bool:
        """Whether these eyes read anything of it."""
        return sight(self.viewer, thing, field) is not Sight.none

    def sees_own_alone(self, thing: str, field: str) -> bool:
        """Whether these eyes read what concerns them and nothing else of it."""
        return sight(self.viewer, thing, field) is Sight.own


@one_reading()
def read_facts(plan_id: int, as_of: datetime, viewer: Viewer, eyes: str) -> DocumentFacts:
    """Everything that the document says; a fixed number of statements. Raises NotFound."""
    state = plan_state(plan_id, as_of, viewer)
    plan = db.session.get_one(Plan, plan_id)
    document = signoff.document_of(plan_id)
    chain = signoff.sign_chain(plan, document)
    approved, look = chain[-1], current_look()
    standing = signoff.ApprovalStanding(
        approved.signed_at is not None, approved.is_current, approved.signed_at, approved.changes
    )
    return DocumentFacts(
        plan=plan,
        state=state,
        viewer=viewer,
        eyes=eyes,
        texts=queries.texts_by_section(plan_id),
        chain=chain,
        notice=signoff.plan_notice(plan, standing),
        wording=sha256_of(canonical(document)),
        details={task.id: task.description for task in plan_rows(plan_id).tasks},
        comms_plan=rows_of(plan_id),
        heads=plan_departments(plan),
        people=names_of_people(),
        departments=names_of_departments(),
        calendar=work_calendar(),
        logo=logo_of(look.logo_sha256) if look.logo_sha256 else None,
        colour=look.colour,
    )
