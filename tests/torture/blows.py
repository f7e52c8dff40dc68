"""Where something is killed: every step reports itself here, and the blow that waits for it falls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.torture.postgres import Postgres
from tests.torture.scenario import Blow
from tests.torture.story import Story


class Killed(BaseException):
    """The process that ran this is dead: nothing may catch it."""


class Victim(Protocol):
    """A worker, as a blow sees it."""

    name: str
    sessions: set[int]
    """Process ids of its sessions with the database."""
    dead: bool

    def die(self) -> None: ...


@dataclass
class Blows:
    """The blows that have not fallen yet, in their order: the second waits until the first has fallen."""

    postgres: Postgres
    story: Story = field(default_factory=Story)
    waiting: list[Blow] = field(default_factory=list)
    fallen: list[Blow] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)

    def arm(self, blows: Sequence[Blow]) -> None:
        """Let these fall, and forget those that have not."""
        self.waiting = list(blows)
        self.passed.clear()

    async def at(self, step: str, victim: Victim, session: int | None = None) -> Blow | None:
        """Report a step. Returns the blow that fell, if the victim survives it. Raises Killed.

        `session`: the process id of the session whose transaction is open.
        """
        if not self.waiting or self.waiting[0].step != step:
            return None
        self.passed[step] += 1
        blow = self.waiting[0]
        if self.passed[step] < blow.nth:
            return None
        self.arm(self.waiting[1:])
        self.fallen.append(blow)
        self.story.tell(f"KILLED {blow.kill} of {victim.name} at {step}")
        await self._fall(blow, victim, session)
        return blow

    async def _fall(self, blow: Blow, victim: Victim, session: int | None) -> None:
        if blow.kill == "worker":
            victim.die()
            raise Killed
        if blow.kill == "server":
            await self.postgres.crash(wait=blow.waits)
        else:
            await self.postgres.terminate([session] if session is not None else sorted(victim.sessions))
