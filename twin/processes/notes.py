"""All that the processes of a run have to remember, so that others can go on where they are."""

from __future__ import annotations

from dataclasses import dataclass, field

from twin.processes.contracts import Reviews
from twin.processes.honouring import Counter
from twin.processes.policy import Course
from twin.processes.recognition import Books, Desk
from twin.processes.revitalisation import Programme
from twin.processes.scenes import Diary
from twin.processes.works import Closure, Phase


@dataclass
class Notes:
    """What the processes of a run remember between two waits."""

    works: list[Phase] = field(default_factory=list)  #: the record's table of them
    closures: list[Closure] = field(default_factory=list)  #: those planned before the start
    programme: Programme = field(default_factory=Programme)
    books: Books = field(default_factory=Books)
    desks: list[Desk] = field(default_factory=list)  #: one for each tier
    diary: Diary = field(default_factory=Diary)
    reviews: Reviews = field(default_factory=Reviews)
    counter: Counter = field(default_factory=Counter)
    courses: dict[int, Course] = field(default_factory=dict)  #: of actions, by their place among the actions
